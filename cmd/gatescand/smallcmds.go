package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/skip2/go-qrcode"
	"github.com/spf13/cobra"

	"gatescand/configs"
)

// qrScale is how many pixels of a PNG one module of a QR code gets. Whole
// modules only: readers miss codes scaled to odd sizes.
const qrScale = 8

func (a *app) qrCommand() *cobra.Command {
	var file string
	var page bool
	cmd := &cobra.Command{
		Use: "qr TEXT", Short: "Print a QR code in the terminal or to a PNG file",
		Long: "Prints a text as a QR code. With --page it is the address under which phones in the\n" +
			"same network open the page.",
		Args: func(cmd *cobra.Command, args []string) error {
			if page {
				return noArgs(cmd, args)
			}
			return exactArgs(1, "one text")(cmd, args)
		},
		RunE: func(_ *cobra.Command, args []string) error {
			text, under := strings.Join(args, ""), ""
			if page {
				var err error
				if text, err = a.pageURL(); err != nil {
					return err
				}
				under = text + "\n"
			}
			code, err := qrcode.New(text, qrcode.Low)
			if err != nil {
				return usagef("this text does not fit into a QR code: %w", err)
			}
			if file == "" {
				return a.say("%s%s", code.ToSmallString(false), under)
			}
			png, err := code.PNG(-qrScale)
			if err != nil {
				return err
			}
			return os.WriteFile(file, png, 0o600)
		},
	}
	cmd.Flags().StringVarP(&file, "output", "o", "", "write a PNG to this file")
	cmd.Flags().BoolVar(&page, "page", false, "the address of the page, for phones")
	return cmd
}

// pageURL gives the likeliest address under which phones open the page.
func (a *app) pageURL() (string, error) {
	cfg, err := a.load()
	if err != nil {
		return "", err
	}
	scheme := "http"
	if cfg.Admin.TLS != configs.TLSOff {
		scheme = "https"
	}
	base := scheme + "://" + localAddress(cfg.Admin.Listen)
	if raw, err := os.ReadFile(filepath.Join(cfg.Station.DataDir, pageURLName)); err == nil {
		base = strings.TrimSpace(string(raw)) // where the daemon really is
	}
	name, err := os.Hostname()
	if err != nil {
		name = ""
	}
	urls := reachableURLs(base, cfg.Admin.Listen, boxAddresses(), name)
	if len(urls) == 0 {
		return "", fmt.Errorf("the page on %s is served to this box alone; write listen = \":8640\" and tls = \"self-signed\" into [admin] of %s", cfg.Admin.Listen, a.config)
	}
	return urls[0], nil
}
