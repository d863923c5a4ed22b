package cli_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// mostWords is how many words the first sentence of a doc comment may have.
const mostWords = 15

// TestDocComments holds the doc comments of the product to the house's rules: every
// exported name has one; its first sentence begins with the name, behind an article
// perhaps, and is short.
func TestDocComments(t *testing.T) {
	t.Parallel()
	fset := token.NewFileSet()
	count := 0
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && (name == "testdata" || name == "examples" || strings.HasPrefix(name, ".") && name != "..") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, c := range docComments(f) {
			count++
			at := fset.Position(c.at)
			sentence := firstSentence(c.doc.Text())
			switch words := len(strings.Fields(sentence)); {
			case c.doc == nil && ast.IsExported(c.name):
				t.Errorf("%s: %s is exported and has no comment", at, c.name)
			case c.doc == nil:
			case words > mostWords:
				t.Errorf("%s: the comment of %s begins with a sentence of %d words, and may have %d: %s", at, c.name, words, mostWords, sentence)
			case regexp.MustCompile(`^` + regexp.QuoteMeta(c.name) + ` (?:says|tells|gives)\b`).MatchString(sentence):
				t.Errorf("%s: what is commented returns, reports whether or is something: %s", at, sentence)
			case c.named && !regexp.MustCompile(`^(A |An |The )?`+regexp.QuoteMeta(c.name)+`\b`).MatchString(sentence):
				t.Errorf("%s: the comment of %s does not begin with that name: %s", at, c.name, sentence)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if count < 1000 {
		t.Errorf("only %d comments were found", count)
	}
}

// docComment is the comment of one declared name, nil for none. With named it is that
// name's alone.
type docComment struct {
	name  string
	at    token.Pos
	doc   *ast.CommentGroup
	named bool
}

// speaking are methods of interfaces of the standard library and of flags, which say
// all by their name.
var speaking = []string{"Error", "Unwrap", "String", "Set", "Type"}

// docComments returns the functions, types, variables and constants of a file with
// their comments. A method of a type that is not exported is as good as not exported
// itself: it is there for an interface.
func docComments(f *ast.File) (all []docComment) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Doc != nil || d.Recv == nil || ast.IsExported(receiver(d.Recv.List[0].Type)) && !slices.Contains(speaking, d.Name.Name) {
				all = append(all, docComment{d.Name.Name, d.Pos(), d.Doc, true})
			}
		case *ast.GenDecl:
			if d.Tok == token.IMPORT {
				continue
			}
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					doc, named := s.Doc, s.Doc != nil || !d.Lparen.IsValid()
					if doc == nil {
						doc = d.Doc
					}
					all = append(append(all, docComment{s.Name.Name, s.Pos(), doc, named}), memberComments(s.Type)...)
				case *ast.ValueSpec:
					doc, named := s.Doc, len(d.Specs) == 1 && !d.Lparen.IsValid()
					if doc == nil && d.Doc != nil {
						doc = d.Doc
					} else if doc == nil {
						doc = s.Comment
					}
					all = append(all, docComment{s.Names[0].Name, s.Pos(), doc, named && doc != s.Comment})
				}
			}
		}
	}
	return all
}

// memberComments returns the comments that a type has of its fields or methods.
func memberComments(e ast.Expr) (all []docComment) {
	var list *ast.FieldList
	switch e := e.(type) {
	case *ast.StructType:
		list = e.Fields
	case *ast.InterfaceType:
		list = e.Methods
	default:
		return nil
	}
	for _, m := range list.List {
		if m.Doc != nil && len(m.Names) > 0 {
			all = append(all, docComment{m.Names[0].Name, m.Pos(), m.Doc, false})
		}
	}
	return all
}

// firstSentence is what a comment has up to its first full stop, colon or semicolon.
func firstSentence(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if m := regexp.MustCompile(`^.*?[.:;!?](?: |$)`).FindString(text); m != "" {
		return m
	}
	return text
}
