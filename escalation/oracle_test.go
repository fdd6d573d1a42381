package escalation_test

import (
	"fmt"
	"testing"

	"example.com/ticketmail/escalation"
)

// A row is what the seed's words demand of one walk, worked out from the
// table of states alone: which group is told, and whether by a new mail.
type row struct {
	group string
	mail  bool
}

// oracle reads the specification the other way round from Walk: it asks of
// each group from the last to the first whether it would end the walk, and
// lets an earlier group overrule a later one. state: 0 nobody in the group,
// 1 only people who cannot be mailed, 2 also one who can.
func oracle(states [6]int, names [6]string, actorIn, toldIn, after int) row {
	var answer row
	for i := 5; i > after; i-- {
		canBeMailed := states[i] == 2
		if !canBeMailed || i == actorIn {
			continue // the only one who can be mailed did it himself
		}
		answer = row{group: names[i], mail: i != toldIn}
	}
	return answer
}

// All 3^6 states of the groups, with the mailable person of each group (or of
// none) as the actor, another (or the same, or none) told already, and a start
// after each group: Walk and oracle agree everywhere.
func TestWalkAgainstOracle(t *testing.T) {
	var names [6]string
	for i, g := range escalation.DefaultChain() {
		names[i] = string(g)
	}
	walks, differences := 0, 0
	for n := range 729 {
		d, states := state(n, names)
		for actor := -1; actor < 6; actor++ {
			for told := -1; told < 6; told++ {
				for after := -1; after < 6; after++ {
					walks++
					want := oracle(states, names, actor, told, after)
					got := walkState(t, d, names, actor, told, after)
					if got != want {
						differences++
						t.Logf("states %v, actor in %d, told in %d, after %d: got %+v, want %+v", states, actor, told, after, got, want)
					}
				}
			}
		}
	}
	if differences != 0 {
		t.Errorf("%d of %d walks differ from the specification", differences, walks)
	}
}

// state builds the directory of state number n. The mailable person of group
// i has the id "i".
func state(n int, names [6]string) (groups, [6]int) {
	d, states := groups{}, [6]int{}
	for i, name := range names {
		states[i] = n % 3
		n /= 3
		g := escalation.Group(name)
		if states[i] > 0 {
			d[g] = []escalation.Person{gone, mute, bounce}
		}
		if states[i] == 2 {
			d[g] = append(d[g], employee(escalation.PersonID(fmt.Sprint(i))))
		}
	}
	return d, states
}

func walkState(t *testing.T, d groups, names [6]string, actor, told, after int) row {
	w := escalation.Walk{Directory: d, Bouncing: bouncing}
	if actor >= 0 {
		w.Actor = escalation.PersonID(fmt.Sprint(actor))
	}
	if told >= 0 {
		w.Told = map[escalation.PersonID]bool{escalation.PersonID(fmt.Sprint(told)): true}
	}
	if after >= 0 {
		w.After = escalation.Group(names[after])
	}
	res, err := escalation.DefaultChain().Walk(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Persons) > 1 {
		t.Fatalf("%d persons mailed, want at most the one who can be: %+v", len(res.Persons), res)
	}
	return row{string(res.Group), len(res.Persons) == 1}
}
