// SPDX-License-Identifier: GPL-2.0-only

// go_map SIZE ROUND measures Go's own map, in one goroutine, with the keys and in the order that the
// kernel's maps are measured with. Prints "8,8,SIZE,go,ROUND,OPERATION,NANOSECONDS,OPERATIONS".
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"
)

const operationsMin = 20000

// One to one: keys that look random and are all different.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	return x ^ (x >> 31)
}

// The time that this thread has had a processor.
func now() int64 {
	const threadCPUTime = 3
	var t syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, threadCPUTime, uintptr(unsafe.Pointer(&t)), 0)
	return t.Nano()
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		fmt.Fprintln(os.Stderr, "usage: go_map SIZE ROUND")
		os.Exit(2)
	}
	return n
}

func must(ok bool, what string) {
	if !ok {
		fmt.Fprintln(os.Stderr, "go_map:", what)
		os.Exit(1)
	}
}

func main() {
	runtime.LockOSThread()
	must(len(os.Args) == 3, "SIZE ROUND")
	size, round := number(os.Args[1]), number(os.Args[2])
	lives := (operationsMin + size - 1) / size

	inserted := make([]uint64, size)
	absent := make([]uint64, size)
	for i := range inserted {
		inserted[i] = mix(uint64(i))
		absent[i] = mix(uint64(size + i))
	}
	lookedUp := append([]uint64(nil), inserted...)
	for i := size - 1; i > 0; i-- {
		other := mix(^uint64(i)) % uint64(i+1)
		lookedUp[i], lookedUp[other] = lookedUp[other], lookedUp[i]
	}

	took := map[string]int64{}
	measure := func(operation string, run func()) {
		begin := now()
		run()
		took[operation] += now() - begin
	}
	for life := 0; life < lives; life++ {
		runtime.GC()
		m := map[uint64]uint64{}
		measure("insert", func() {
			for _, key := range inserted {
				m[key] = ^key
			}
		})
		measure("hit", func() {
			for _, key := range lookedUp {
				value, found := m[key]
				must(found && value == ^key, "a key isn't found")
			}
		})
		measure("miss", func() {
			for _, key := range absent {
				_, found := m[key]
				must(!found, "an absent key is found")
			}
		})
		measure("scan", func() {
			entries := 0
			for key, value := range m {
				if value == ^key {
					entries++
				}
			}
			must(entries == size, "the scan isn't complete")
		})
		measure("update", func() {
			for _, key := range lookedUp {
				m[key] = key
			}
		})
		measure("delete", func() {
			for _, key := range lookedUp {
				delete(m, key)
			}
		})
		must(len(m) == 0, "something is left")
	}
	for _, operation := range []string{"insert", "hit", "miss", "scan", "update", "delete"} {
		fmt.Printf("8,8,%d,go,%d,%s,%d,%d\n", size, round, operation, took[operation], lives*size)
	}
}
