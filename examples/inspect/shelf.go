package main

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"

	"example.com/ticketmail/mailbox"
)

// A shelf is a mailbox of files: each is a mail until it is removed, from the
// shelf and not from the disk.
type shelf struct {
	files map[string]string // by UID
	last  int
}

var _ mailbox.Connector = (*shelf)(nil)

// put puts a file on the shelf and returns its UID.
func (s *shelf) put(file string) string {
	s.last++
	uid := strconv.Itoa(s.last)
	s.files[uid] = file
	return uid
}

// Connect implements [mailbox.Connector].
func (s *shelf) Connect(context.Context, mailbox.Mailbox) (mailbox.Session, error) {
	return session{s}, nil
}

// A session reads from the shelf.
type session struct{ *shelf }

// Select implements [mailbox.Session].
func (s session) Select(_ context.Context, folder string, _ bool) (mailbox.Folder, error) {
	return mailbox.Folder{Name: folder, Validity: 1, Messages: len(s.files), CanRemove: true}, nil
}

// List implements [mailbox.Session].
func (s session) List(context.Context) ([]mailbox.Item, error) {
	var items []mailbox.Item
	for uid, file := range s.files {
		info, err := os.Stat(file)
		if err != nil {
			return nil, err
		}
		items = append(items, mailbox.Item{UID: uid, Size: info.Size()})
	}
	slices.SortFunc(items, func(a, b mailbox.Item) int { return number(a.UID) - number(b.UID) })
	return items, nil
}

func number(uid string) int {
	n, _ := strconv.Atoi(uid) // put made it
	return n
}

// Fetch implements [mailbox.Session].
func (s session) Fetch(_ context.Context, items []mailbox.Item, each func(mailbox.Item, io.Reader) error) error {
	for _, it := range items {
		if err := s.fetch(it, each); err != nil {
			return err
		}
	}
	return nil
}

func (s session) fetch(it mailbox.Item, each func(mailbox.Item, io.Reader) error) error {
	f, err := os.Open(s.files[it.UID])
	if err != nil {
		return err
	}
	return errors.Join(each(it, f), f.Close())
}

// Remove implements [mailbox.Session].
func (s session) Remove(_ context.Context, items []mailbox.Item) error {
	for _, it := range items {
		delete(s.files, it.UID)
	}
	return nil
}

// Close implements [mailbox.Session].
func (s session) Close() error { return nil }
