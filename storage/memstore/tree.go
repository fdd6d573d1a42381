package memstore

import "iter"

// An ordered key knows its place among others of its type: compare is
// negative, zero or positive as cmp.Compare.
type ordered[K any] interface{ compare(K) int }

// A tree is a persistent AVL tree: changing it makes a new one that shares
// nearly everything with the old one, which stays as it was. That makes a
// snapshot, and a rollback, the copy of a pointer. The nil tree is empty.
type tree[K ordered[K], V any] struct {
	key         K
	value       V
	left, right *tree[K, V]
	height      int
}

func (t *tree[K, V]) get(key K) (value V, ok bool) {
	for t != nil {
		switch c := key.compare(t.key); {
		case c == 0:
			return t.value, true
		case c < 0:
			t = t.left
		default:
			t = t.right
		}
	}
	return value, false
}

func (t *tree[K, V]) put(key K, value V) *tree[K, V] {
	if t == nil {
		return join(key, value, nil, nil)
	}
	switch c := key.compare(t.key); {
	case c == 0:
		return join(key, value, t.left, t.right)
	case c < 0:
		return balance(t.key, t.value, t.left.put(key, value), t.right)
	default:
		return balance(t.key, t.value, t.left, t.right.put(key, value))
	}
}

func (t *tree[K, V]) remove(key K) *tree[K, V] {
	if t == nil {
		return nil
	}
	switch c := key.compare(t.key); {
	case c < 0:
		return balance(t.key, t.value, t.left.remove(key), t.right)
	case c > 0:
		return balance(t.key, t.value, t.left, t.right.remove(key))
	case t.left == nil:
		return t.right
	case t.right == nil:
		return t.left
	}
	next := t.right
	for next.left != nil {
		next = next.left
	}
	return balance(next.key, next.value, t.left, t.right.remove(next.key))
}

// behind yields what stands behind key, which need not be in the tree.
func (t *tree[K, V]) behind(key K) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) { t.walk(key, yield) }
}

func (t *tree[K, V]) walk(behind K, yield func(K, V) bool) bool {
	if t == nil {
		return true
	}
	if behind.compare(t.key) >= 0 {
		return t.right.walk(behind, yield)
	}
	return t.left.walk(behind, yield) && yield(t.key, t.value) && t.right.walk(behind, yield)
}

// before yields what stands before key, backwards.
func (t *tree[K, V]) before(key K) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) { t.walkBack(key, yield) }
}

func (t *tree[K, V]) walkBack(before K, yield func(K, V) bool) bool {
	if t == nil {
		return true
	}
	if before.compare(t.key) <= 0 {
		return t.left.walkBack(before, yield)
	}
	return t.right.walkBack(before, yield) && yield(t.key, t.value) && t.left.walkBack(before, yield)
}

func (t *tree[K, V]) high() int {
	if t == nil {
		return 0
	}
	return t.height
}

func join[K ordered[K], V any](key K, value V, left, right *tree[K, V]) *tree[K, V] {
	return &tree[K, V]{key, value, left, right, 1 + max(left.high(), right.high())}
}

// balance joins two trees whose heights differ by at most two.
func balance[K ordered[K], V any](key K, value V, left, right *tree[K, V]) *tree[K, V] {
	switch {
	case left.high() > right.high()+1 && left.left.high() >= left.right.high():
		return join(left.key, left.value, left.left, join(key, value, left.right, right))
	case left.high() > right.high()+1:
		mid := left.right
		return join(mid.key, mid.value, join(left.key, left.value, left.left, mid.left), join(key, value, mid.right, right))
	case right.high() > left.high()+1 && right.right.high() >= right.left.high():
		return join(right.key, right.value, join(key, value, left, right.left), right.right)
	case right.high() > left.high()+1:
		mid := right.left
		return join(mid.key, mid.value, join(key, value, left, mid.left), join(right.key, right.value, mid.right, right.right))
	}
	return join(key, value, left, right)
}
