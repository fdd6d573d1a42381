// Package fault breaks what a program stands on, at a place that a test
// chooses: its store, its blobs, its mailboxes, its mail exit and its network.
//
// An [Injector] wraps each of them and numbers every call that crosses the
// boundary, before and after its work. Its [Plan] sees each numbered point and
// may let the call fail, delay it, lose the answer to what was done, or kill
// the process:
//
//	for n := 1; ; n++ {
//		in := &fault.Injector{Plan: fault.At(n, fault.Fail(errBroken))}
//		… run what is tested on in.Store(store), in.Connector(connector) …
//		if in.Count() < n {
//			break // every call has failed once
//		}
//	}
//
// A [Proxy] stands between a client and a server, and cuts, resets or stalls
// their connections after a number of bytes.
//
// The package is for tests: of code above a store, and of adapters.
package fault
