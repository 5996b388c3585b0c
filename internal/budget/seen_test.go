package budget

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestSeenIsASet compares seen with a map, over enough rows to split pages
// many times.
func TestSeenIsASet(t *testing.T) {
	var s seen
	twin := map[string]bool{}
	random := rand.New(rand.NewPCG(1, 2))
	for range 200000 {
		address, deposed := fmt.Sprintf("aws_x.y[%d]", random.IntN(120000)), ""
		if random.IntN(10) == 0 {
			deposed = fmt.Sprintf("%08x", random.IntN(3))
		}
		fresh := !twin[address+"|"+deposed]
		twin[address+"|"+deposed] = true
		if got := s.add(address, deposed); got != fresh {
			t.Fatalf("add(%q, %q) = %t, want %t", address, deposed, got, fresh)
		}
	}
}
