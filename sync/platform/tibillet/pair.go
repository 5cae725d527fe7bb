package tibillet

import (
	"context"
	"errors"
	"net/http"
	"time"

	"gatescand/sync/platform"
)

// PairerConfig says how far a pairer trusts.
type PairerConfig struct {
	CAPEM     []byte // the only authorities believed, empty means the system's
	PinSHA256 []byte // of the server's public key, nil pins nothing
	Version   string // of gatescand, for the User-Agent
	Now       func() time.Time
	// PlainHTTP takes codes whose address is not encrypted. To this machine
	// itself that is always taken.
	PlainHTTP bool
}

// Pairer reads and redeems the pairing codes of TiBillet.
type Pairer struct{ config PairerConfig }

// NewPairer makes a pairer.
func NewPairer(c PairerConfig) *Pairer { return &Pairer{config: c} }

// pairAnswer is what a token buys. tenant_name is not told by servers older
// than May 2026.
type pairAnswer struct {
	Success *bool   `json:"success"`
	Tenant  *string `json:"tenant_name"`
	Key     *string `json:"api_key"`
	Device  *string `json:"device_uuid"`
	Name    *string `json:"device_name"`
}

const opPair = "pair"

// Pair redeems a token, which can be done once: the server tells the key in the
// answer and never again. One request is made, on a connection of its own that
// is never used twice and speaks HTTP/1.1 only, because net/http repeats a GET
// on a connection that breaks in reuse. A redirect is not followed: what
// answers at the other address has not been read from the code.
//
// Where the request has left and no proper answer came, the token must be taken
// for spent and the scan app for lost; the error says so.
func (p *Pairer) Pair(ctx context.Context, pairing platform.Pairing) (platform.Credentials, error) {
	client, err := platform.NewClient(platform.ClientConfig{
		BaseURL: pairing.BaseURL, Agent: platform.Agent(p.config.Version), CAPEM: p.config.CAPEM, PinSHA256: p.config.PinSHA256,
		Now: p.config.Now, OneShot: true,
	})
	if err != nil {
		return platform.Credentials{}, err
	}
	defer client.Close()
	station, _, ok := readToken(pairing.Token)
	if !ok {
		return platform.Credentials{}, notPairing("its token is damaged; show the code again, larger and whole")
	}
	r, err := client.Do(ctx, platform.Request{
		Op: opPair, Method: http.MethodGet, Path: "/scan/" + pairing.Token + "/pair/", Language: language,
	})
	if err != nil {
		return platform.Credentials{}, explainLoss(err, r)
	}
	if err := refusal(client, r, pairing, p.config.Now()); err != nil {
		return platform.Credentials{}, err
	}
	var a pairAnswer
	if err := client.Decode(opPair, r, &a); err != nil {
		return platform.Credentials{}, lost(err)
	}
	if a.Success == nil || !*a.Success || a.Key == nil || a.Device == nil || a.Name == nil {
		return platform.Credentials{}, lost(client.Fail(platform.Protocol, opPair, r, "the answer to the token is not whole", ""))
	}
	if device, ok := canonicalUUID(*a.Device); !ok || device != station {
		return platform.Credentials{}, lost(client.Fail(platform.Protocol, opPair, r, "the server paired another scan app than the one in the code", ""))
	}
	if !plausibleKey(*a.Key) {
		return platform.Credentials{}, lost(client.Fail(platform.Protocol, opPair, r, "the key the server gave is none", ""))
	}
	return platform.Credentials{
		BaseURL: pairing.BaseURL, StationID: station, Name: told(a.Name, nameMax), Tenant: told(a.Tenant, nameMax), APIKey: *a.Key,
	}, nil
}

// refusal reads the statuses with which a server spends no token.
func refusal(c *platform.Client, r platform.Reply, pairing platform.Pairing, now time.Time) error {
	switch {
	case r.Status == http.StatusOK:
		return nil
	case r.Status == http.StatusBadRequest && saysError(r):
		remedy := "it was used already, is older than 83 hours, or is of another server: show the scan app's page again and pair with the new code; " +
			"if that fails too, make a new scan app"
		if !pairing.ExpiresAt.IsZero() && now.After(pairing.ExpiresAt) {
			remedy = "it expired on " + pairing.ExpiresAt.UTC().Format("2006-01-02 15:04 UTC") + ": show the scan app's page again and pair with the new code"
		}
		return c.Fail(platform.Rejected, opPair, r, "the server does not take the code", remedy)
	case r.Status >= 500:
		return lost(c.Fail(platform.Server, opPair, r, "the server failed", ""))
	case !r.IsJSON():
		return c.Fail(platform.Captive, opPair, r, "what answers there is not a TiBillet organisation",
			"if the network has a log-in page, give the station one without; else show the scan app's page again. The code may still be good")
	}
	return c.Fail(platform.Protocol, opPair, r, "the server answers with a status it does not document", "look for a newer gatescand")
}

// explainLoss tells a request that never left from one whose answer was lost.
func explainLoss(err error, r platform.Reply) error {
	class := platform.ClassOf(err)
	if r.Sent && class != platform.Redirected && class != platform.Throttled && class != platform.Captive {
		return lost(err)
	}
	return err
}

// lost adds what a lost answer to a token means.
func lost(err error) error {
	e, ok := errors.AsType[*platform.Error](err)
	if !ok {
		return err
	}
	worse := *e
	worse.Remedy = "the code may have been spent and the key lost with the answer: if pairing with it fails once more, delete this scan app and make a new one"
	return &worse
}
