// Package words holds every sentence the station says to people, in every
// language it speaks.
//
// It promises that a sentence is whole in each of its languages, with that
// language's own rules of number, that a word which is missing in one is said
// in English rather than not at all, and that what is put into a sentence is
// never read as a part of it. It knows nothing of tickets or verdicts: whoever
// asks names a sentence by its id.
//
// The sentences stand in locales/AREA.LANGUAGE.toml. {{.Word}} and the like are
// places that the caller fills.
package words

import (
	"embed"
	"errors"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/language"
)

//go:embed locales/*.toml
var locales embed.FS

// Book is all sentences. It may be used from any goroutine. A language is read
// when somebody first speaks it.
type Book struct {
	languages []string
	matcher   language.Matcher
	pages     map[string]*page
}

// page is what the book has in one language.
type page struct {
	lang  string
	files []string
	once  sync.Once
	ids   map[string]bool
	says  *i18n.Localizer
}

// Open finds out which languages were built in. Its error is a defect of the
// program.
func Open() (*Book, error) {
	files, err := locales.ReadDir("locales")
	if err != nil {
		return nil, err
	}
	b := &Book{languages: Languages(), pages: make(map[string]*page)}
	for _, f := range files {
		lang := languageOf(f.Name())
		if b.pages[lang] == nil {
			b.pages[lang] = &page{lang: lang}
		}
		b.pages[lang].files = append(b.pages[lang].files, path.Join("locales", f.Name()))
	}
	tags := make([]language.Tag, 0, len(b.languages))
	for _, l := range b.languages {
		tags = append(tags, language.Make(l))
	}
	b.matcher = language.NewMatcher(tags)
	if b.pages[Fallback] == nil {
		return nil, errors.New("words: there are none in English")
	}
	return b, nil
}

// read reads the page's files once. A file that cannot be read leaves its
// sentences to English; a test finds it.
func (p *page) read() *page {
	p.once.Do(func() {
		p.ids = make(map[string]bool)
		bundle := i18n.NewBundle(language.Make(p.lang))
		bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
		for _, name := range p.files {
			m, err := bundle.LoadMessageFileFS(locales, name)
			if err != nil {
				continue
			}
			for _, message := range m.Messages {
				p.ids[message.ID] = true
			}
		}
		p.says = i18n.NewLocalizer(bundle, p.lang)
	})
	return p
}

// Fallback is the language in which everything can be said.
const Fallback = "en"

// Languages lists the tags of the languages spoken, [Fallback] first.
func (b *Book) Languages() []string { return slices.Clone(b.languages) }

// Languages lists the tags of the languages there are, [Fallback] first,
// without reading any.
func Languages() []string {
	files, err := locales.ReadDir("locales")
	if err != nil {
		return []string{Fallback} // what is built in can be listed
	}
	tags := make(map[string]bool)
	for _, f := range files {
		tags[languageOf(f.Name())] = true
	}
	delete(tags, Fallback)
	return append([]string{Fallback}, slices.Sorted(maps.Keys(tags))...)
}

// languageOf gives the language in the name of a file: area.LANGUAGE.toml.
func languageOf(name string) string {
	return strings.TrimPrefix(path.Ext(strings.TrimSuffix(name, ".toml")), ".")
}

// IDs lists every sentence there is, sorted.
func (b *Book) IDs() []string { return slices.Sorted(maps.Keys(b.pages[Fallback].read().ids)) }

// Says tells whether a sentence is there in a language itself.
func (b *Book) Says(lang, id string) bool {
	p := b.pages[lang]
	return p != nil && p.read().ids[id]
}

// Match gives the language to speak to somebody who sent an Accept-Language
// header: the best of theirs that is spoken here, else the one given, else
// [Fallback].
func (b *Book) Match(accept, otherwise string) string {
	tags, _, err := language.ParseAcceptLanguage(accept) // long headers are cut short by the library
	if err != nil || len(tags) == 0 {
		return b.Spoken(otherwise)
	}
	_, i, confidence := b.matcher.Match(tags...)
	if confidence < language.High {
		return b.Spoken(otherwise)
	}
	return b.languages[i]
}

// Spoken gives the language of Languages that a tag such as fr-CH means.
func (b *Book) Spoken(tag string) string {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if slices.Contains(b.languages, base) {
		return base
	}
	return Fallback
}

// In gives whoever speaks a language; a tag that is not spoken gets [Fallback].
func (b *Book) In(tag string) Speaker {
	lang := b.Spoken(tag)
	return Speaker{Lang: lang, page: b.pages[lang].read(), english: b.pages[Fallback].read()}
}

// Speaker says sentences in one language.
type Speaker struct {
	Lang string

	page, english *page
}

// T says a sentence. What fills its places follows as name and value in turn:
// T("list_age", "Word", "2 min"). An id that does not exist comes back as it is.
func (s Speaker) T(id string, places ...any) string {
	return s.say(&i18n.LocalizeConfig{MessageID: id, TemplateData: dataOf(places)})
}

// N says a sentence about a number of things, in the form the language has for
// that number. The number fills the place {{.N}}.
func (s Speaker) N(id string, n int, places ...any) string {
	data := dataOf(places)
	data["N"] = n
	return s.say(&i18n.LocalizeConfig{MessageID: id, TemplateData: data, PluralCount: n})
}

// Has tells whether there is such a sentence at all.
func (s Speaker) Has(id string) bool { return s.english.ids[id] }

// Table gives the sentences with these ids for a script, with %s in the place
// {{.Word}}.
func (s Speaker) Table(ids ...string) map[string]string {
	out := make(map[string]string, len(ids))
	for _, id := range ids {
		out[id] = s.T(id, "Word", "%s")
	}
	return out
}

func (s Speaker) say(c *i18n.LocalizeConfig) string {
	for _, p := range []*page{s.page, s.english} {
		if !p.ids[c.MessageID] {
			continue
		}
		if text, err := p.says.Localize(c); err == nil {
			return text
		}
	}
	return c.MessageID
}

func dataOf(places []any) map[string]any {
	data := make(map[string]any, len(places)/2+1)
	for i := 0; i+1 < len(places); i += 2 {
		if name, ok := places[i].(string); ok {
			data[name] = places[i+1]
		}
	}
	return data
}
