// Package directorytest tests implementations of [escalation.Directory].
//
// An adapter loads the company of [NewFixture] into its tables and calls [Run]:
//
//	func TestDirectory(t *testing.T) {
//		directorytest.Run(t, func(t *testing.T, f directorytest.Fixture) escalation.Directory {
//			return load(t, f) // registers its clean-up with t.Cleanup
//		})
//	}
//
// A Directory that is an [escalation.Searcher] is tested as one too.
package directorytest
