//go:build amd64 || arm64

package cli_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// What package syscall does not name. PTRACE_GET_SYSCALL_INFO (Linux 5.3) is the
// same on every architecture, and tells entries from exits.
const (
	ptraceGetSyscallInfo = 0x420e
	ptraceOExitKill      = 0x100000
)

// syscallInfo is the kernel's struct ptrace_syscall_info.
type syscallInfo struct {
	op   uint8 // 1 at an entry, 2 at an exit
	_    [23]byte
	nr   uint64 // at an exit the result
	args [6]uint64
	_    [8]byte
}

// boundary is the entry of a system call, where nothing of it is done yet, or its
// exit, where all of it is.
type boundary struct {
	call string
	exit bool
}

func (b boundary) String() string {
	if b.exit {
		return "after " + b.call
	}
	return "before " + b.call
}

// tracing is a process that stops at each of its system calls.
type tracing struct {
	pid     int
	threads map[int]*thread
	// kinds are what the descriptors that matter are: "file" for one that is
	// open for writing, "socket", "output".
	kinds map[uint64]string
}

// thread is a thread of the process, and the system call that it is in.
type thread struct {
	nr   uint64
	args [6]uint64
	name string // of the call as a boundary, "" if it is none
}

// trace runs a program and calls at for every boundary of a call that changes a
// file or speaks with the service, in the order in which they come, whatever the
// thread. When at returns false, the program is killed there. The error is one of
// starting or of tracing.
func trace(path string, args []string, attr *syscall.ProcAttr, at func(pid int, b boundary) bool) (syscall.WaitStatus, error) {
	runtime.LockOSThread() // a process is traced by the thread that has started it
	defer runtime.UnlockOSThread()
	// Its threads are told from other processes by their group.
	attr.Sys = &syscall.SysProcAttr{Ptrace: true, Setpgid: true}
	pid, err := syscall.ForkExec(path, append([]string{path}, args...), attr)
	if err != nil {
		return 0, fmt.Errorf("starting a traced process: %w", err)
	}
	t := &tracing{
		pid: pid, threads: map[int]*thread{pid: {}},
		kinds: map[uint64]string{1: "output", 2: "output"},
	}
	status, err := t.run(at)
	if err != nil {
		_, more := t.kill()
		err = errors.Join(err, more)
	}
	return status, err
}

func (t *tracing) run(at func(pid int, b boundary) bool) (syscall.WaitStatus, error) {
	status, err := syscall.WaitStatus(0), error(nil)
	if _, status, err = t.wait(); err != nil {
		return status, err
	}
	const options = syscall.PTRACE_O_TRACECLONE | syscall.PTRACE_O_TRACESYSGOOD | ptraceOExitKill
	if err := syscall.PtraceSetOptions(t.pid, options); err != nil {
		return status, os.NewSyscallError("ptrace", err)
	}
	for pid := t.pid; ; {
		signal := 0 // to be delivered
		switch stop := status.StopSignal(); {
		case stop == syscall.SIGTRAP|0x80:
			b, matters, err := t.boundary(pid)
			if err != nil {
				return status, err
			}
			if matters && !at(t.pid, b) {
				return t.kill()
			}
		case t.threads[pid] == nil:
			t.threads[pid] = &thread{} // which begins with a stop
		case stop != syscall.SIGTRAP:
			signal = int(stop)
		}
		// A thread that another one has ended meanwhile is not there any more.
		if err := syscall.PtraceSyscall(pid, signal); err != nil && err != syscall.ESRCH {
			return status, os.NewSyscallError("ptrace", err)
		}
		for {
			if pid, status, err = t.wait(); err != nil {
				return status, err
			}
			if status.Stopped() {
				break
			}
			if pid == t.pid {
				return status, nil
			}
		}
	}
}

// kill ends the process and waits until nothing is left of it.
func (t *tracing) kill() (syscall.WaitStatus, error) {
	if err := syscall.Kill(t.pid, syscall.SIGKILL); err != nil {
		return 0, os.NewSyscallError("kill", err)
	}
	for {
		pid, status, err := t.wait()
		if err != nil || pid == t.pid && !status.Stopped() {
			return status, err
		}
	}
}

// wait waits until a thread stops or ends.
func (t *tracing) wait() (pid int, status syscall.WaitStatus, err error) {
	for {
		pid, err = syscall.Wait4(-t.pid, &status, syscall.WALL, nil)
		if err != syscall.EINTR {
			return pid, status, os.NewSyscallError("wait4", err)
		}
	}
}

// boundary returns where a thread has stopped, and whether it matters.
func (t *tracing) boundary(pid int) (boundary, bool, error) {
	var info syscallInfo
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PTRACE, ptraceGetSyscallInfo, uintptr(pid),
		unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	switch {
	case errno == syscall.ESRCH:
		return boundary{}, false, nil // another thread has ended the process
	case errno != 0:
		return boundary{}, false, os.NewSyscallError("ptrace", errno)
	}
	th := t.threads[pid]
	if info.op == 1 {
		th.nr, th.args = info.nr, info.args
		th.name = t.name(th)
		return boundary{th.name, false}, th.name != "", nil
	}
	t.returned(th, int64(info.nr))
	return boundary{th.name, true}, th.name != "", nil
}

const writable = syscall.O_WRONLY | syscall.O_RDWR | syscall.O_CREAT

// name names a call, if it is one that matters.
func (t *tracing) name(th *thread) string {
	kind := t.kinds[th.args[0]]
	on := func(call string) string {
		if kind == "" {
			return ""
		}
		return call + " " + kind
	}
	switch th.nr {
	case syscall.SYS_OPENAT:
		if th.args[2]&writable != 0 {
			return "openat"
		}
	case syscall.SYS_WRITE, syscall.SYS_PWRITE64, syscall.SYS_WRITEV:
		return on("write")
	case syscall.SYS_CLOSE:
		return on("close")
	case syscall.SYS_READ:
		if kind == "socket" {
			return on("read")
		}
	}
	return alwaysMatter[th.nr]
}

// alwaysMatter are the calls that matter whatever they are given.
var alwaysMatter = map[uint64]string{
	syscall.SYS_MKDIRAT: "mkdirat", syscall.SYS_RENAMEAT: "renameat", syscall.SYS_UNLINKAT: "unlinkat",
	syscall.SYS_FTRUNCATE: "ftruncate", syscall.SYS_FCHMOD: "fchmod",
	syscall.SYS_FSYNC: "fsync", syscall.SYS_FDATASYNC: "fdatasync", syscall.SYS_FLOCK: "flock",
	syscall.SYS_CONNECT: "connect", syscall.SYS_SENDTO: "sendto", syscall.SYS_SENDMSG: "sendmsg",
	syscall.SYS_RECVFROM: "recvfrom", syscall.SYS_RECVMSG: "recvmsg",
}

// returned notes what a call has opened or closed.
func (t *tracing) returned(th *thread, result int64) {
	switch {
	case result < 0:
	case th.nr == syscall.SYS_SOCKET:
		t.kinds[uint64(result)] = "socket"
	case th.nr == syscall.SYS_OPENAT && th.args[2]&writable != 0:
		t.kinds[uint64(result)] = "file"
	case th.nr == syscall.SYS_CLOSE:
		delete(t.kinds, th.args[0])
	}
}
