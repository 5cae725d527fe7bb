package keyboard

import "strings"

// DefaultLayout is what readers are set to when nobody has set them.
const DefaultLayout = "us"

// Layouts lists the layouts by name, the likeliest first.
func Layouts() []string {
	var names []string
	for _, s := range sheets() {
		names = append(names, s.name)
	}
	return names
}

// LayoutOf gives the layout that a name stands for: Sweden and Finland have one board in common, and "nordic" means that one.
func LayoutOf(name string) (string, bool) {
	switch name {
	case "nordic", "fi":
		return "se", true
	}
	for _, s := range sheets() {
		if s.name == name {
			return name, true
		}
	}
	return "", false
}

// tables builds all layouts, the named one first and the others in the order of [Layouts].
func tables(first string) []*layout {
	var all []*layout
	for _, s := range sheets() {
		if s.name == first {
			all = append([]*layout{s.build()}, all...)
			continue
		}
		all = append(all, s.build())
	}
	return all
}

// letterRows are the rows of letters as they lie in most countries, and a tail behind each.
func letterRows(top, home, bottom string) [3]string {
	return [3]string{
		"qQ wW eE€ rR tT yY uU iI oO pP " + top,
		"aA sS dD fF gG hH jJ kK lL " + home,
		bottom,
	}
}

// sheets are the layouts. A reader imitates the board of a host with Windows, so that the layouts are the ones Windows has under the names
// given with each (Microsoft's list "Windows keyboard layouts", KBDxx); the ISO/IEC 9995 names of the keys and the Linux forms (symbols files of
// xkeyboard-config, also named) served to check them. Where the two differ, as in Spain and France about which of the accents are dead, it is
// as in Windows.
func sheets() []sheet {
	return []sheet{unitedStates(), unitedKingdom(), germany(), france(), spain(), italy(), sweden(), norway(), denmark()}
}

// unitedStates is KBDUS, us(basic), with the 102nd key that the board itself does not have.
func unitedStates() sheet {
	letters := letterRows("[{ ]}", `;: '" \|`, `\| zZ xX cC vV bB nN mM ,< .> /?`)
	return sheet{
		name:    "us",
		rows:    [4]string{"`~ 1! 2@ 3# 4$ 5% 6^ 7& 8* 9( 0) -_ =+", strings.ReplaceAll(letters[0], "€", ""), letters[1], letters[2]},
		decimal: '.',
	}
}

// unitedKingdom is KBDUK, gb(basic).
func unitedKingdom() sheet {
	return sheet{
		name: "uk",
		rows: [4]string{
			"`¬¦ 1! 2\" 3£ 4$€ 5% 6^ 7& 8* 9( 0) -_ =+",
			"qQ wW eEéÉ rR tT yY uUúÚ iIíÍ oOóÓ pP [{ ]}",
			"aAáÁ sS dD fF gG hH jJ kK lL ;: '@ #~",
			`\| zZ xX cC vV bB nN mM ,< .> /?`,
		},
		decimal: '.',
	}
}

// germany is KBDGR, de(basic).
func germany() sheet {
	return sheet{
		name: "de",
		rows: [4]string{
			`^° 1! 2"² 3§³ 4$ 5% 6& 7/{ 8([ 9)] 0=} ß?\ẞ ` + "´`",
			"qQ@ wW eE€ rR tT zZ uU iI oO pP üÜ +*~",
			"aA sS dD fF gG hH jJ kK lL öÖ äÄ #'",
			"<>| yY xX cC vV bB nN mMµ ,; .: -_",
		},
		dead:    "^´`",
		decimal: ',',
	}
}

// france is KBDFR, fr(basic).
func france() sheet {
	return sheet{
		name: "fr",
		rows: [4]string{
			"² &1 é2~ \"3# '4{ (5[ -6| è7` _8\\ ç9^ à0@ )°] =+}",
			"aA zZ eE€ rR tT yY uU iI oO pP ^¨ $£¤",
			"qQ sS dD fF gG hH jJ kK lL mM ù% *µ",
			"<> wW xX cC vV bB nN ,? ;. :/ !§",
		},
		dead: "^¨", deadAltGr: "~`",
		decimal: '.',
	}
}

// spain is KBDSP, es(basic).
func spain() sheet {
	letters := letterRows("`^[ +*]", "ñÑ ´¨{ çÇ}", "<> zZ xX cC vV bB nN mM ,; .: -_")
	return sheet{
		name: "es",
		rows: [4]string{`ºª\ 1!| 2"@ 3·# 4$~ 5%€ 6&¬ 7/ 8( 9) 0= '? ¡¿`, letters[0], letters[1], letters[2]},
		dead: "`^´¨", deadAltGr: "~",
		decimal: '.',
	}
}

// italy is KBDIT, it(basic). On Windows it has neither ~ nor `, which readers type as ALT codes; their places are those of Linux.
func italy() sheet {
	letters := letterRows("èé[{ +*]}", "òç@ à°# ù§", "<> zZ xX cC vV bB nN mM ,; .: -_")
	return sheet{
		name:    "it",
		rows:    [4]string{`\| 1! 2" 3£ 4$ 5%€ 6& 7/ 8( 9) 0= '?` + "` ì^~", letters[0], letters[1], letters[2]},
		decimal: '.',
	}
}

// nordicDigits is what Sweden, Norway and Denmark have in common in the row of digits.
const nordicDigits = ` 1! 2"@ 3#£ 4¤$ 5%€ 6& 7/{ 8([ 9)] 0=} `

// sweden is KBDSW and KBDFI, se(basic) and fi(classic).
func sweden() sheet {
	letters := letterRows("åÅ ¨^~", "öÖ äÄ '*", "<>| zZ xX cC vV bB nN mMµ ,; .: -_")
	return sheet{
		name: "se",
		rows: [4]string{"§½" + nordicDigits + `+?\ ` + "´`", letters[0], letters[1], letters[2]},
		dead: "´`¨^", deadAltGr: "~",
		decimal: ',',
	}
}

// norway is KBDNO, no(basic).
func norway() sheet {
	letters := letterRows("åÅ ¨^~", "øØ æÆ '*", "<> zZ xX cC vV bB nN mMµ ,; .: -_")
	return sheet{
		name: "no",
		rows: [4]string{"|§" + nordicDigits + `+? \` + "`´", letters[0], letters[1], letters[2]},
		dead: "`¨^", deadAltGr: "´~",
		decimal: ',',
	}
}

// denmark is KBDDA, dk(basic).
func denmark() sheet {
	letters := letterRows("åÅ ¨^~", "æÆ øØ '*", `<>\ zZ xX cC vV bB nN mMµ ,; .: -_`)
	return sheet{
		name: "dk",
		rows: [4]string{"½§" + nordicDigits + "+? ´`|", letters[0], letters[1], letters[2]},
		dead: "´`¨^", deadAltGr: "~",
		decimal: ',',
	}
}
