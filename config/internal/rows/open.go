package rows

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/tmsync/tmsync/internal/text"
)

// Opened returns a file that is open already.
func Opened(name string, f *os.File) (File, error) {
	info, err := f.Stat()
	if err != nil {
		return File{}, err
	}
	return File{Name: name, Size: info.Size(), ReaderAt: f}, nil
}

// Piped returns what was read from the standard input.
func Piped(b []byte) File { return File{Size: int64(len(b)), ReaderAt: bytes.NewReader(b)} }

// ReadPiped reads the standard input to its end; nil is none.
func ReadPiped(stdin io.Reader) ([]byte, error) {
	if stdin == nil {
		return nil, errors.New("there is no standard input here; pipe a file into tmsync")
	}
	b, err := io.ReadAll(io.LimitReader(stdin, MaxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the standard input cannot be read: %w", err)
	case len(b) > MaxFile:
		return nil, fmt.Errorf("the standard input has more than %s", text.Size(MaxFile))
	}
	return b, nil
}
