package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/tmsync/tmsync/internal/text"
)

// ReadAnywhere reads a file of at most limit bytes from anywhere. The error is
// why not, without its name.
func ReadAnywhere(name string, limit int64) ([]byte, error) {
	f, err := openAnywhere(name)
	return readOpened(f, err, limit)
}

func readOpened(f *os.File, err error, limit int64) ([]byte, error) {
	var b []byte
	if err == nil {
		b, err = ReadAll(f, limit)
	}
	if err != nil {
		return nil, Problem(err)
	}
	return b, nil
}

// ReadAll reads and closes a file of at most limit bytes.
func ReadAll(f *os.File, limit int64) ([]byte, error) {
	var b bytes.Buffer
	if info, err := f.Stat(); err == nil {
		b.Grow(int(min(info.Size(), limit)) + bytes.MinRead) // all of it, and room to see its end
	}
	_, err := b.ReadFrom(io.LimitReader(f, limit+1))
	if err == nil && int64(b.Len()) > limit {
		err = fmt.Errorf("the file is larger than %s", text.Size(limit))
	}
	return b.Bytes(), errors.Join(err, f.Close())
}

// Problem returns why a file could not be read.
func Problem(err error) error {
	var pathErr *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such file")
	case errors.Is(err, fs.ErrPermission):
		return errors.New("permission denied")
	case errors.Is(err, ErrNotRegular):
		return errors.New("it is not a regular file")
	case errors.As(err, &pathErr) && strings.Contains(pathErr.Err.Error(), "escapes"):
		return errOutside
	case errors.As(err, &pathErr):
		return pathErr.Err
	}
	return err
}
