package pgstore_test

func isChild(func(string) string) bool { return false }
func child(func(string) string) error { return nil }
