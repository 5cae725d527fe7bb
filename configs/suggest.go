package configs

// closest returns the candidate that word was most likely meant to be, or ""
// when none is near enough. The distance allowed grows with the word, so that a
// short word is not turned into any other short word.
func closest(word string, candidates []string) string {
	const longest = 48
	if len(word) > longest {
		return ""
	}
	best, bestDistance := "", 1+max(1, min(3, len(word)/3))
	for _, c := range candidates {
		if d := editDistance(word, c); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// editDistance counts the letters to insert, delete, replace or swap with a
// neighbour to turn a into b (optimal string alignment). Case and the choice
// between - and _ cost nothing.
func editDistance(a, b string) int {
	x, y := foldKey(a), foldKey(b)
	before, prev, cur := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(x); i++ {
		cur[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(y)]
}

func foldKey(s string) []rune {
	folded := []rune(s)
	for i, r := range folded {
		switch {
		case r >= 'A' && r <= 'Z':
			folded[i] = r - 'A' + 'a'
		case r == '-' || r == ' ':
			folded[i] = '_'
		}
	}
	return folded
}
