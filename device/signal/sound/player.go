package sound

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"time"

	"gatescand/device/signal"
)

// program plays sounds; it comes with alsa-utils.
const program = "aplay"

// patience is how much longer than its length a sound may take: the device has
// to wake up, and Bluetooth is slow.
const patience = 3 * time.Second

var (
	// ErrNoPlayer tells that the program that plays sounds is not there.
	ErrNoPlayer = errors.New("aplay is not installed")
	// ErrFailed tells that a sound could not be played.
	ErrFailed = errors.New("the sound cannot be played")
	// ErrTooLong tells that a sound did not come to its end in time.
	ErrTooLong = errors.New("the sound did not come to its end")
)

// Player plays one sound at a time: that of the newest verdict. A lane has one.
type Player struct {
	program  string
	patience time.Duration

	turn chan struct{} // holds one token for whoever has a child
	mu   sync.Mutex
	stop context.CancelFunc // ends the newest sound
}

// NewPlayer makes a player that runs the named program as aplay; "" looks aplay
// up in the path.
func NewPlayer(name string) *Player {
	if name == "" {
		name = program
	}
	return &Player{program: name, patience: patience, turn: make(chan struct{}, 1)}
}

// Check tells whether the program is there.
func (p *Player) Check() error {
	_, err := p.find()
	return err
}

func (p *Player) find() (string, error) {
	path, err := exec.LookPath(p.program)
	if err != nil {
		return "", fmt.Errorf("%w: apt install alsa-utils: %w", ErrNoPlayer, err)
	}
	return path, nil
}

// Sound prepares the sound of an address for a verdict: the tone of that
// verdict, or the file, which is read now.
func (p *Player) Sound(a signal.Address, k signal.Kind) (*Sound, error) {
	if a.Kind != signal.Sound {
		return nil, fmt.Errorf("%s is no sound", a)
	}
	if a.Path == signal.Tone {
		wav := Tone(k)
		info, err := Inspect(wav)
		return &Sound{player: p, device: a.Device, wav: wav, length: info.Length}, err
	}
	wav, info, err := Load(a.Path)
	if err != nil {
		return nil, err
	}
	return &Sound{player: p, device: a.Device, wav: wav, length: info.Length}, nil
}

// Sound is one prepared sound.
type Sound struct {
	player *Player
	device string
	wav    []byte
	length time.Duration
}

// Send plays the sound to its end, or until a newer one begins.
func (s *Sound) Send() error { return s.Play(context.Background()) }

// Play plays the sound until its end, until a newer one of the player begins,
// or until ctx ends. Only the first comes with an error, if it was none.
func (s *Sound) Play(ctx context.Context) error {
	playing, stop := context.WithCancel(ctx)
	defer stop()
	p := s.player
	p.mu.Lock()
	if p.stop != nil {
		p.stop()
	}
	p.stop = stop
	p.mu.Unlock()
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-playing.Done():
		return nil
	}
	if playing.Err() != nil {
		return nil
	}
	return s.run(playing)
}

// run has one child, and waits for it.
func (s *Sound) run(playing context.Context) error {
	path, err := s.player.find()
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(playing, s.length+s.player.patience)
	defer cancel()
	said := &firstWords{}
	cmd := exec.CommandContext(limited, path, s.arguments()...)
	cmd.Stdin = bytes.NewReader(s.wav)
	cmd.Stderr = said
	asGroup(cmd)
	cmd.WaitDelay = time.Second // for pipes that somebody else still holds
	err = cmd.Run()
	switch {
	case err == nil || playing.Err() != nil:
		return nil
	case limited.Err() != nil:
		return fmt.Errorf("%w within %s; another program may hold the sound device, see fuser -v /dev/snd/*",
			ErrTooLong, s.length+s.player.patience)
	}
	return fmt.Errorf("%w: %s says %q; aplay -l lists the devices, sound:tone?device=plughw:CARD=… chooses one: %w",
		ErrFailed, program, said, err)
}

// arguments make aplay play what comes through its standard input, quietly.
func (s *Sound) arguments() []string {
	if s.device == "" {
		return []string{"-q", "-"}
	}
	return []string{"-q", "-D", s.device, "-"}
}
