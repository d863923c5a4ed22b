package trackingmore_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/tmsync/tmsync/internal/gear/answer"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
	"go.uber.org/goleak"
)

const (
	secretEmail = "canary-mail@example.org"
	secretPhone = "+4915550001111"
)

// The files in testdata/hostile are answers as no service should give them, one
// HTTP response each, named for what is wrong with them; answer.Render
// says how they are written. {{key}}, {{KEY}}, {{email}} and {{phone}} are what the
// client knows.
func hostile(t *testing.T, name string) http.Handler {
	t.Helper()
	return answer.Render(testFile(t, filepath.Join("hostile", name+".http")), map[string]string{
		"key": testKey, "KEY": strings.ToUpper(testKey), "email": secretEmail, "phone": secretPhone, "evil": "evil.example.org",
	})
}

// What List and a write make of each answer. "-" as a list is an error, a number
// how many trackings there are; "" is left to the tests of the program as a whole,
// where time and memory count. The write is of sto/11111 and ups/22222.
var hostileAnswers = map[string]struct {
	list string
	one  tracking.Verdict
	two  tracking.Verdict
}{
	"21-500":                  {"-", tracking.InDoubt, tracking.InDoubt},
	"21-502":                  {"-", tracking.InDoubt, tracking.InDoubt},
	"21-503":                  {"-", tracking.InDoubt, tracking.InDoubt},
	"21-503-with-answer":      {"-", tracking.InDoubt, tracking.InDoubt},
	"21-504":                  {"-", tracking.InDoubt, tracking.InDoubt},
	"22-too-many":             {"-", tracking.Unsent, tracking.Unsent},
	"23-too-many-in-meta":     {"-", tracking.Unsent, tracking.Unsent},
	"24-drip":                 {"-", tracking.InDoubt, tracking.InDoubt},
	"24-silent":               {"-", tracking.InDoubt, tracking.InDoubt},
	"24-stall":                {"-", tracking.InDoubt, tracking.InDoubt},
	"25-cut":                  {"-", tracking.InDoubt, tracking.InDoubt},
	"25-cut-length":           {"-", tracking.InDoubt, tracking.InDoubt},
	"26-somebody-elses":       {"2", tracking.InDoubt, tracking.InDoubt},
	"27-counters":             {"2", tracking.Done, tracking.InDoubt},
	"28-mixed":                {"2", tracking.Done, tracking.InDoubt},
	"29-data-empty":           {"0", tracking.InDoubt, tracking.InDoubt},
	"29-data-missing":         {"-", tracking.InDoubt, tracking.InDoubt},
	"29-data-null":            {"-", tracking.InDoubt, tracking.InDoubt},
	"29-data-text":            {"-", tracking.InDoubt, tracking.InDoubt},
	"67-array":                {"", tracking.InDoubt, tracking.InDoubt},
	"67-big-skip":             {"", tracking.InDoubt, tracking.InDoubt},
	"67-body":                 {"-", tracking.InDoubt, tracking.InDoubt},
	"67-chunked-forever":      {"-", tracking.InDoubt, tracking.InDoubt},
	"67-continue-forever":     {"-", tracking.InDoubt, tracking.InDoubt},
	"67-deep":                 {"-", tracking.InDoubt, tracking.InDoubt},
	"67-deep-objects":         {"-", tracking.InDoubt, tracking.InDoubt},
	"67-gzip-bomb":            {"-", tracking.InDoubt, tracking.InDoubt},
	"67-long-header":          {"-", tracking.InDoubt, tracking.InDoubt},
	"67-many-headers":         {"-", tracking.InDoubt, tracking.InDoubt},
	"67-members":              {"", tracking.InDoubt, tracking.InDoubt},
	"69-login-page":           {"-", tracking.InDoubt, tracking.InDoubt},
	"70-empty":                {"-", tracking.InDoubt, tracking.InDoubt},
	"70-no-content":           {"-", tracking.InDoubt, tracking.InDoubt},
	"71-array":                {"-", tracking.InDoubt, tracking.InDoubt},
	"71-array-of-answers":     {"-", tracking.InDoubt, tracking.InDoubt},
	"71-code-exponent":        {"-", tracking.InDoubt, tracking.InDoubt},
	"71-code-float":           {"-", tracking.InDoubt, tracking.InDoubt},
	"71-code-huge":            {"-", tracking.InDoubt, tracking.InDoubt},
	"71-code-negative":        {"-", tracking.InDoubt, tracking.InDoubt},
	"71-code-null":            {"-", tracking.InDoubt, tracking.InDoubt},
	"71-code-object":          {"-", tracking.InDoubt, tracking.InDoubt},
	"71-code-text":            {"2", tracking.Done, tracking.Done},
	"71-code-true":            {"-", tracking.InDoubt, tracking.InDoubt},
	"71-code-word":            {"-", tracking.InDoubt, tracking.InDoubt},
	"71-meta-array":           {"-", tracking.InDoubt, tracking.InDoubt},
	"71-meta-null":            {"-", tracking.InDoubt, tracking.InDoubt},
	"71-no-meta":              {"-", tracking.InDoubt, tracking.InDoubt},
	"71-null":                 {"-", tracking.InDoubt, tracking.InDoubt},
	"71-number":               {"-", tracking.InDoubt, tracking.InDoubt},
	"71-word":                 {"-", tracking.InDoubt, tracking.InDoubt},
	"72-total-array":          {"2", tracking.Done, tracking.Done},
	"72-total-exponent":       {"-", tracking.Done, tracking.Done},
	"72-total-huge":           {"-", tracking.Done, tracking.Done},
	"72-total-missing":        {"-", tracking.Done, tracking.Done},
	"72-total-negative":       {"-", tracking.Done, tracking.Done},
	"72-total-null":           {"-", tracking.Done, tracking.Done},
	"72-total-number":         {"2", tracking.Done, tracking.Done},
	"72-total-too-many":       {"-", tracking.Done, tracking.Done},
	"72-total-words":          {"-", tracking.Done, tracking.Done},
	"72-total-zero":           {"2", tracking.Done, tracking.Done},
	"73-identical":            {"1", tracking.InDoubt, tracking.InDoubt},
	"73-no-key":               {"0", tracking.InDoubt, tracking.InDoubt},
	"73-null-carrier":         {"0", tracking.Done, tracking.InDoubt},
	"73-odd-keys":             {"0", tracking.InDoubt, tracking.InDoubt},
	"73-too-many":             {"-", tracking.Done, tracking.Done},
	"74-times":                {"8", tracking.Done, tracking.Done},
	"74-types":                {"2", tracking.Done, tracking.Done},
	"75-long-title":           {"2", tracking.Done, tracking.Done},
	"75-messages":             {"-", tracking.Refused, tracking.InDoubt},
	"75-titles":               {"15", tracking.Done, tracking.Done},
	"78-bom":                  {"-", tracking.InDoubt, tracking.InDoubt},
	"78-invalid-utf8":         {"2", tracking.InDoubt, tracking.InDoubt},
	"78-nul":                  {"2", tracking.Done, tracking.Done},
	"78-raw-nul":              {"-", tracking.InDoubt, tracking.InDoubt},
	"78-surrogates":           {"1", tracking.InDoubt, tracking.InDoubt},
	"79-echo":                 {"-", tracking.Refused, tracking.InDoubt},
	"79-long-message":         {"-", tracking.Refused, tracking.Refused},
	"80-error-page":           {"-", tracking.InDoubt, tracking.InDoubt},
	"80-forbidden":            {"-", tracking.Stopped, tracking.Stopped},
	"80-not-http":             {"-", tracking.InDoubt, tracking.InDoubt},
	"81-cookies":              {"2", tracking.Done, tracking.Done},
	"82-redirect":             {"-", tracking.InDoubt, tracking.InDoubt},
	"82-redirect-with-answer": {"-", tracking.InDoubt, tracking.InDoubt},
	"82-refresh":              {"-", tracking.InDoubt, tracking.InDoubt},
	"83-br":                   {"-", tracking.InDoubt, tracking.InDoubt},
	"83-charset-quoted":       {"2", tracking.Done, tracking.Done},
	"83-deflate":              {"-", tracking.InDoubt, tracking.InDoubt},
	"83-gbk":                  {"-", tracking.InDoubt, tracking.InDoubt},
	"83-gbk-ascii":            {"-", tracking.InDoubt, tracking.InDoubt},
	"83-gzip-that-is-none":    {"-", tracking.InDoubt, tracking.InDoubt},
	"83-length-long":          {"-", tracking.InDoubt, tracking.InDoubt},
	"83-length-negative":      {"-", tracking.InDoubt, tracking.InDoubt},
	"83-length-short":         {"-", tracking.InDoubt, tracking.InDoubt},
	"83-length-twice":         {"-", tracking.InDoubt, tracking.InDoubt},
	"83-utf-16":               {"-", tracking.InDoubt, tracking.InDoubt},
	"84-code-twice":           {"-", tracking.InDoubt, tracking.InDoubt},
	"84-data-twice":           {"-", tracking.InDoubt, tracking.InDoubt},
	"84-meta-twice":           {"-", tracking.InDoubt, tracking.InDoubt},
	"84-other-case":           {"-", tracking.InDoubt, tracking.InDoubt},
	"84-two-answers":          {"-", tracking.InDoubt, tracking.InDoubt},
}

func TestHostileAnswers(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "hostile", "*.http"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".http"))
	}
	slices.Sort(names)
	if diff := cmp.Diff(names, slices.Sorted(maps.Keys(hostileAnswers))); diff != "" {
		t.Fatalf("files and expectations (-files +expectations):\n%s", diff)
	}
	hostileAnswer(t, names[0]) // opens what every later one shares
	open, before := descriptors(t), goleak.IgnoreCurrent()
	t.Run("all", func(t *testing.T) {
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				hostileAnswer(t, name)
			})
		}
	})
	if err := goleak.Find(before); err != nil { // which waits for connections that are being closed
		t.Error(err)
	}
	if now := descriptors(t); now > open {
		t.Errorf("%d files and connections are open, %d were before", now, open)
	}
}

func hostileAnswer(t *testing.T, name string) {
	want, answer, requests := hostileAnswers[name], hostile(t, name), atomic.Int32{}
	var under sync.WaitGroup // which connections are; the server forgets those taken over
	defer under.Wait()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		under.Add(1)
		defer under.Done()
		requests.Add(1)
		answer.ServeHTTP(w, r)
	}))
	defer s.Close()
	var said []string
	var ctx context.Context
	var cancel context.CancelFunc
	c := newClient(t, nil, func(o *trackingmore.Options) {
		o.Endpoint, o.Timeout = s.URL+"/v2", 20*time.Second
		if strings.HasPrefix(name, "24-") || name == "67-chunked-forever" {
			o.Timeout = 200 * time.Millisecond
		}
		o.Observe = func(e trackingmore.Event) {
			said = append(said, fmt.Sprintf("%+v", e))
			if e.Kind == trackingmore.EventRetry || e.Kind == trackingmore.EventWait {
				cancel() // rather than wait
			}
		}
	})
	defer c.CloseIdle()
	defer func() { harmlessWords(t, said) }()
	ctx, cancel = contextThatEnds()

	sent := items(key("sto", "11111"), key("ups", "22222"))
	sent[0].Attrs.Put(tracking.CustomerEmail, secretEmail)
	sent[1].Attrs.Put(tracking.CustomerPhone, secretPhone)
	got := c.Send(ctx, tracking.OpCreate, sent)
	cancel()
	if len(got) != 2 || got[0].Verdict != want.one || got[1].Verdict != want.two {
		t.Errorf("write: %.500v, want %s and %s", got, want.one, want.two)
	}
	if n := requests.Load(); n != 1 && want.one != tracking.Unsent {
		t.Errorf("%d writes were sent", n)
	}
	for _, o := range got {
		said = append(said, o.Message)
	}

	if want.list == "" {
		return
	}
	ctx, cancel = contextThatEnds()
	defer cancel()
	l, err := c.List(ctx, trackingmore.ListOptions{Mode: trackingmore.ModeFull})
	list := "-"
	if err == nil {
		list = strconv.Itoa(len(l.Items))
	} else {
		said = append(said, err.Error())
	}
	if list != want.list {
		t.Errorf("list: %s, %v; want %s", list, err, want.list)
	}
	if n := c.Requests()["list"]; n > 4 {
		t.Errorf("%d reads", n)
	}
}

// harmlessWords checks what a client has said.
func harmlessWords(t *testing.T, said []string) {
	t.Helper()
	for _, s := range said {
		for _, secret := range []string{testKey, strings.ToUpper(testKey), secretEmail, secretPhone} {
			if strings.Contains(s, secret) || len(s) > 2000 || !utf8.ValidString(s) {
				t.Errorf("said %.500q", s)
			}
		}
	}
}

// descriptors counts the open files and connections of this process, where the
// system lets it.
func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}
