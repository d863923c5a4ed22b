package state

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Write writes the state as a file. It refuses a state that Read would refuse,
// so that the file on disk can always be read back.
func (s *State) Write(w io.Writer) error {
	if err := s.check(); err != nil {
		return fmt.Errorf("writing the state: %w", err)
	}
	// The lines are written twice, the first time only for the checksum that
	// stands before them: that costs less than holding all of them.
	header := appendHeader(nil, &headerV1{
		version: s.version(), lineage: s.Lineage, serial: s.Serial, tool: s.Tool, endpoint: s.Endpoint, account: s.Account,
		salt: s.Salt, keyID: s.KeyID, count: uint64(len(s.Records)), outputs: uint64(len(s.Outputs)),
	})
	sum := sha256.New()
	sum.Write(header)
	size, err := s.writeLines(sum)
	if err != nil {
		return fmt.Errorf("writing the state: %w", err)
	}
	header = appendChecksum(header, checksum(sum))
	header = appendMAC(header, s.macFor(header, checksum(sum)))
	if len(header) > MaxLine {
		return fmt.Errorf("writing the state: the header takes more than %d bytes", MaxLine)
	}
	if size+int64(len(header)) > maxFile {
		return fmt.Errorf("writing the state: it takes more than %d bytes", int64(maxFile))
	}
	if _, err := w.Write(header); err != nil {
		return fmt.Errorf("writing the state: %w", err)
	}
	if _, err := s.writeLines(w); err != nil {
		return fmt.Errorf("writing the state: %w", err)
	}
	return nil
}

// version is the first version of the format that can say what the state holds.
func (s *State) version() uint64 {
	if len(s.Outputs) > 0 {
		return formatVersion
	}
	version := uint64(1)
	if s.signer != nil || s.seal.mac != "" {
		version = 2
	}
	for i := range s.Records {
		switch r := &s.Records[i]; {
		case r.Ref != "" || r.Stays != "":
			return 3
		case r.Origin != Created || r.Kept.Len()+r.Awaited.Len() > 0:
			version = 2
		}
	}
	return version
}

// writeLines writes the lines after the header, and returns their length.
func (s *State) writeLines(w io.Writer) (size int64, err error) {
	const block = 64 << 10
	buf := make([]byte, 0, 2*block)
	for i := range s.Outputs {
		buf = append(appendOutput(buf, &s.Outputs[i]), '\n')
	}
	for i := range s.Records {
		start := len(buf)
		buf = append(appendRecord(buf, &s.Records[i]), '\n')
		if len(buf)-start > MaxLine {
			return 0, fmt.Errorf("%s takes more than %d bytes", s.Records[i].Addr, MaxLine)
		}
		if len(buf) < block {
			continue
		}
		size += int64(len(buf))
		if _, err := w.Write(buf); err != nil {
			return 0, err
		}
		buf = buf[:0]
	}
	_, err = w.Write(buf)
	return size + int64(len(buf)), err
}

func (s *State) check() error {
	if s.Lineage == "" || s.Salt == "" || s.Serial == 0 {
		return errors.New("the lineage, the salt or the serial is missing")
	}
	if s.Serial > maxNumber {
		return fmt.Errorf("the serial %d is too large", s.Serial)
	}
	for _, text := range []string{s.Lineage, s.Tool, s.Endpoint, s.Account, s.Salt, s.KeyID} {
		if !utf8.ValidString(text) {
			return errors.New("the header is not valid UTF-8")
		}
	}
	if err := s.checkOutputs(); err != nil {
		return err
	}
	for i := range s.Records {
		r := &s.Records[i]
		if err := r.check(); err != nil {
			return fmt.Errorf("%s: %w", r.Addr, err)
		}
		if i > 0 && r.Addr <= s.Records[i-1].Addr {
			return fmt.Errorf("%s: the records are not sorted by address, or two have the same", r.Addr)
		}
	}
	if _, i, j, shared := indexKeys(s.Records); shared {
		return fmt.Errorf("%s and %s have the same key, %s", s.Records[i].Addr, s.Records[j].Addr, s.Records[i].Key)
	}
	return nil
}
