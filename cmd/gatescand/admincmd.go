package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"gatescand/device/admin"
)

func (a *app) adminCommand() *cobra.Command {
	return group("admin", "Access to the page and the API", a.passwordCommand(), a.setupCodeCommand(), a.tokenCommand())
}

func (a *app) tokenCommand() *cobra.Command {
	return &cobra.Command{
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
	}
}

func (a *app) passwordCommand() *cobra.Command {
	role := string(admin.RoleAdmin)
	cmd := &cobra.Command{
		Use: "password", Short: "Set the page's password", Args: noArgs,
		Long: "Sets the password of the administrator, or with --role staff the one of the staff, who see,\n" +
			"search, admit, and open and close lanes. Asks twice at a terminal, and reads one line\n" +
			"otherwise. It works beside the running daemon: whoever had logged in with the old password\n" +
			"is logged out. At least 8 characters, at most 72 bytes; there are no other rules.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if role != string(admin.RoleAdmin) && role != string(admin.RoleStaff) {
				return usagef("--role %q: write admin or staff", role)
			}
			access, err := a.openAccess()
			if err != nil {
				return err
			}
			if role == string(admin.RoleStaff) && !access.Has(admin.RoleAdmin) {
				return fmt.Errorf("%w; set it with gatescand admin password", admin.ErrAdminFirst)
			}
			password, err := a.newPassword(cmd.Context(), role)
			if err != nil {
				return err
			}
			if err := access.Set(cmd.Context(), admin.Role(role), password); err != nil {
				return err
			}
			if a.json {
				return a.printJSON(map[string]any{"role": role, "set": true})
			}
			return a.say("The password of %s is set. Whoever had logged in with the old one is logged out.\n", whose(role))
		},
	}
	cmd.Flags().StringVar(&role, "role", role, "whose password: admin or staff")
	return cmd
}

func (a *app) setupCodeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "setup-code", Short: "Print the code with which a new station is set up", Args: noArgs,
		Long: "Prints the one-time code that the page asks for while the station has no password. Only the\n" +
			"service and root can read it.",
		RunE: func(*cobra.Command, []string) error {
			access, err := a.openAccess()
			if err != nil {
				return err
			}
			code, err := access.SetupCode()
			if err != nil {
				return err
			}
			if code == "" {
				return errors.Join(access.Fault(), errors.New("this station has a password and no set-up code; set another password with gatescand admin password"))
			}
			if a.json {
				return a.printJSON(map[string]string{"setup_code": code})
			}
			return a.say("%s\n", code)
		},
	}
}

// openAccess gives the passwords of the configured station.
func (a *app) openAccess() (*admin.Access, error) {
	cfg, err := a.load()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(cfg.Station.DataDir); err != nil {
		return nil, fmt.Errorf("there is no data directory yet; start the service first: %w", err)
	}
	return admin.OpenAccess(cfg.Station.DataDir), nil
}

func whose(role string) string {
	if role == string(admin.RoleStaff) {
		return "the staff"
	}
	return "the administrator"
}
