package storetest

// storeChecks are the rules of storage.Store.
var storeChecks = []check[*env]{
	{"RoundTripTicket", "a record comes back as it was put, hostile text and all", roundTripTicket},
	{"RoundTripComment", "a record comes back as it was put, hostile text and all", roundTripComment},
	{"RoundTripChange", "a record comes back as it was put, hostile text and all", roundTripChange},
	{"RoundTripEntry", "a record comes back as it was put, hostile text and all", roundTripEntry},
	{"RoundTripMail", "a record comes back as it was put, hostile text and all", roundTripMail},
	{"RoundTripSetting", "settings are opaque bytes", roundTripSetting},
	{"Copies", "records are copies: changing one outside a transaction changes nothing stored", copies},

	{"TicketVersions", "a ticket changed by somebody else is not overwritten", ticketVersions},
	{"CommentVersions", "a comment changed by somebody else is not overwritten", commentVersions},
	{"EntryVersions", "a ledger key exists once, or a mail is found twice", entryVersions},
	{"MailVersions", "an outgoing mail exists once, or it is sent twice", mailVersions},
	{"TicketIDs", "ids count up and are never given out twice, nor one that the host took", ticketIDs},
	{"NotFound", "unknown ids are ErrNotFound", notFound},
	{"References", "what a comment or entry points to exists, or a mail is gone when it is opened", references},

	{"RollbackOnError", "an Update whose function fails writes nothing: half a mail is a lost mail", rollbackOnError},
	{"RollbackOnPanic", "an Update whose function panics writes nothing, and the next one works", rollbackOnPanic},
	{"OwnWrites", "a Writer sees what it wrote", ownWrites},
	{"AfterTheEnd", "a Writer is useless after its function returned: its writes would belong to nobody", afterTheEnd},
	{"Snapshot", "a View sees one moment, whatever commits meanwhile, and blocks no writer", snapshot},
	{"Uncommitted", "what is not committed is seen by nobody else", uncommitted},
	{"LostUpdates", "parallel writers do not overwrite each other's work", lostUpdates},
	{"WriteSkew", "updates are serializable: two that read each other's row do not both go ahead", writeSkew},
	{"UniqueKeyRace", "of several that put the same ledger key exactly one wins", uniqueKeyRace},
	{"AssignmentRace", "of several that take a free place exactly one wins", assignmentRace},
	{"Cancelled", "a cancelled context is reported, and what is reported as failed is not written", cancelled},
	{"CancelledLoop", "an iterator reports cancellation: a list that silently ends looks complete", cancelledLoop},
	{"EarlyBreak", "a loop left early leaves nothing open", earlyBreak},

	{"TicketQueries", "each field of a TicketQuery selects", ticketQueries},
	{"CategoryQueries", "tickets are found by any or all of some categories, however many are named", categoryQueries},
	{"PagingCategories", "pages of a filter by categories show each ticket once, in the order of creation", pagingCategories},
	{"LedgerQueries", "each field of a LedgerQuery selects", ledgerQueries},
	{"MailQueries", "each field of a MailQuery selects", mailQueries},
	{"PagingTickets", "pages in the order of creation show each row once while rows are added", pagingTickets},
	{"PagingLedger", "pages in the order of creation show each row once while rows are added", pagingLedger},
	{"PagingMails", "pages in the order of creation show each row once while rows are added", pagingMails},
	{"CommentOrder", "comments come in the order of their creation, edited or not", commentOrder},
	{"ChangeOrder", "Seq grows in the order of commits, or who follows the history misses changes", changeOrder},

	{"Lookup", "the ledger finds the keys asked for, in their order", lookup},
	{"ByMessageID", "ids find mails oldest first, at most 100; the empty id finds none", byMessageID},
	{"Emptied", "the removal of mails is noted", emptied},
	{"ClaimOrder", "mails are claimed oldest Due first, and none before its time", claimOrder},
	{"ClaimExpired", "a mail whose claim ran out is claimed again", claimExpired},
	{"ClaimRace", "no mail is claimed by two: it would be sent twice", claimRace},
	{"Settings", "settings are listed by key, replaced and deleted", settingsRules},

	{"Search", "tickets are found by their words, and by internal ones only if these are asked for", search},
	{"SearchLimits", "of a ticket with very much text, storage.SearchBytes and storage.SearchComments are searched, and no more", searchLimits},
	{"SearchChanging", "tickets that are changed in the loop are found as they were, or as they are if they fit the query still", searchChanging},

	{"CountCategories", "a storage.TicketCounter counts the tickets of a category as they are", countCategories},
	{"CountEntries", "a storage.EntryCounter counts what is listed, and each mail received in its span of time", countEntries},
	{"CountMails", "a storage.MailCounter counts what is listed, and each mail sent in its span of time", countMails},

	{"Watch", "a store that tells of commits tells of all, with what they wrote, and of nothing that was rolled back", watch},

	{"LeaseHeld", "a lease has one holder", leaseHeld},
	{"LeaseExpiry", "a lease that ran out is taken by another, with a higher fence", leaseExpiry},
	{"LeaseRenew", "who lost a lease learns it in the Update of his work", leaseRenew},
	{"LeaseDead", "the lease of a holder known to be dead is taken at once", leaseDead},
	{"LeaseRelease", "a lease given back is free, and its fence is never used again", leaseRelease},
	{"LeaseRace", "of several that want a free lease exactly one gets it", leaseRace},
	{"HeldLeases", "a storage.LeaseLister names who holds what now, and nobody who does not any more", heldLeases},
}

// blobChecks are the rules of storage.Blobs.
var blobChecks = []check[*blobEnv]{
	{"Content", "content comes back as written, in whatever pieces, the empty one too", blobContent},
	{"SameContent", "content written twice has one name and is readable", blobSame},
	{"Unknown", "unknown content is ErrNotFound", blobUnknown},
	{"Discard", "discarded content is not kept", blobDiscard},
	{"Finished", "a spool that ended takes nothing more", blobFinished},
	{"Parallel", "content is written and read at the same time", blobParallel},
	{"Cancelled", "a cancelled context is reported", blobCancelled},
	{"BoundedMemory", "a big mail costs a small buffer, not its size", blobMemory},
}
