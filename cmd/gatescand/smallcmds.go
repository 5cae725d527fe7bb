package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/skip2/go-qrcode"
	"github.com/spf13/cobra"
)

// qrScale is how many pixels of a PNG one module of a QR code gets. Whole
// modules only: readers miss codes scaled to odd sizes.
const qrScale = 8

func (a *app) qrCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "qr TEXT", Short: "Print a QR code in the terminal or to a PNG file", Args: exactArgs(1, "one text"),
		RunE: func(_ *cobra.Command, args []string) error {
			code, err := qrcode.New(args[0], qrcode.Low)
			if err != nil {
				return usagef("this text does not fit into a QR code: %w", err)
			}
			if file == "" {
				return a.say("%s", code.ToSmallString(false))
			}
			png, err := code.PNG(-qrScale)
			if err != nil {
				return err
			}
			return os.WriteFile(file, png, 0o600)
		},
	}
	cmd.Flags().StringVarP(&file, "output", "o", "", "write a PNG to this file")
	return cmd
}

func (a *app) adminCommand() *cobra.Command {
	return group("admin", "Access to the page and the API", &cobra.Command{
		Use: "token", Short: "Print the path of the API token", Args: noArgs,
		Long: "Prints the path of the file that holds the token for the page and the API. The daemon\n" +
			"makes it when it first starts; only the service and root can read it.",
		RunE: func(*cobra.Command, []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			path := filepath.Join(cfg.Station.DataDir, "api-token")
			if _, err := os.Stat(path); err != nil {
				return fmt.Errorf("there is no token yet; start the service first: %w", err)
			}
			if a.json {
				return a.printJSON(map[string]string{"path": path})
			}
			return a.say("%s\n", path)
		},
	})
}
