package memstore

import (
	"maps"
	"slices"
	"testing"
)

// TestTree holds a tree against a map, and its snapshots against theirs.
func TestTree(t *testing.T) {
	var root, old *tree[number, int]
	want, wantOld := map[number]int{}, map[number]int{}
	next := uint32(1)
	for i := range 20_000 {
		next = next*1_664_525 + 1_013_904_223
		key := number(next >> 20)
		if next>>8&3 == 0 {
			root = root.remove(key)
			delete(want, key)
		} else {
			root = root.put(key, i)
			want[key] = i
		}
		if i == 10_000 {
			old, wantOld = root, maps.Clone(want)
		}
	}
	checkTree(t, "now", root, want)
	checkTree(t, "snapshot", old, wantOld)
	if root.high() > 18 { // 1.44 log2 of 4096 keys
		t.Errorf("height is %d for %d keys", root.high(), len(want))
	}
}

func checkTree(t *testing.T, name string, root *tree[number, int], want map[number]int) {
	t.Helper()
	var keys []number
	for k, v := range root.behind(-1) {
		keys = append(keys, k)
		if got, ok := root.get(k); !ok || got != v || want[k] != v {
			t.Errorf("%s: key %d has %d, want %d", name, k, v, want[k])
		}
	}
	if !slices.Equal(keys, slices.Sorted(maps.Keys(want))) {
		t.Errorf("%s: keys differ from those of a map, or their order", name)
	}
}
