package shared

import (
	"errors"
	"io"
)

// blocks is a growing piece of memory that can be read again. It is never copied to
// grow.
type blocks struct {
	all  [][]byte
	size int64
	at   int64
}

const blockSize = 64 << 10

func (b *blocks) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if b.size%blockSize == 0 {
			b.all = append(b.all, make([]byte, 0, blockSize))
		}
		last := &b.all[len(b.all)-1]
		n := min(len(rest), blockSize-len(*last))
		*last = append(*last, rest[:n]...)
		rest, b.size = rest[n:], b.size+int64(n)
	}
	return len(p), nil
}

func (b *blocks) Read(p []byte) (int, error) {
	if b.at >= b.size {
		return 0, io.EOF
	}
	n := copy(p, b.all[b.at/blockSize][b.at%blockSize:])
	b.at += int64(n)
	return n, nil
}

func (b *blocks) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += b.at
	case io.SeekEnd:
		offset += b.size
	}
	if offset < 0 {
		return b.at, errors.New("a place before the beginning")
	}
	b.at = offset
	return offset, nil
}
