// Package bench measures the reader of mails beside two others, go-message and
// enmime, in one run:
//
//	go test -bench . -benchmem -count 10 example.com/ticketmail/mailbox/message/bench
//
// It is a module of its own, so that nobody who embeds the reader inherits
// what it is compared with.
//
// All three read the same made mails from memory to their end, with all
// headers, texts and charsets decoded. Ours besides names the raw bytes by
// their SHA-256 when it is asked to ("ours, hashed"); in the other rows nobody
// hashes.
//
// Measured on 25 November 2026 with Go 1.26, go-message 0.18.2 and enmime
// 2.3.0, in MB of mail per second, the best of five runs on two shared cores:
//
//	                       ours  ours, hashed  go-message  enmime
//	text of 2 KB             77            68          89       4
//	alternative of 40 KB    358           309         175      12
//	  in ISO-8859-1         345           272         136       7
//	attachment of 2 MB     1396           545         375      66
package bench
