package dirblobs

import "example.com/ticketmail/storage"

// BreakFile makes the flush of staged content fail.
func (b *Blobs) BreakFile(blob storage.Blob) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.staged[blob.SHA256].file.Close()
}
