package admin

// labels gives the words of the page in one language.
func labels(lang string) map[string]string {
	table, column := labelTable(), 0
	for i, l := range Languages() {
		if l == spoken(lang) {
			column = i
		}
	}
	out := make(map[string]string, len(table))
	for key, words := range table {
		out[key] = words[column]
	}
	return out
}

func label(lang, key string) string { return labels(lang)[key] }

// labelTable holds every label in the order of [Languages].
func labelTable() map[string][3]string {
	return map[string][3]string{
		"login_title":  {"Log in", "Connexion", "Anmelden"},
		"login_token":  {"Station token", "Jeton de la borne", "Token der Station"},
		"login_hint":   {"It stands in the file api-token in the station's data directory. The command “gatescand admin token” prints its path.", "Il se trouve dans le fichier api-token du dossier de données de la borne. La commande « gatescand admin token » en affiche le chemin.", "Es steht in der Datei api-token im Datenverzeichnis der Station. Der Befehl „gatescand admin token“ nennt ihren Pfad."},
		"login_button": {"Open the page", "Ouvrir la page", "Seite öffnen"},
		"login_wrong":  {"That is not this station's token.", "Ce n'est pas le jeton de cette borne.", "Das ist nicht das Token dieser Station."},
		"login_wait":   {"Too many attempts. Wait a few seconds and try again.", "Trop d'essais. Attendez quelques secondes.", "Zu viele Versuche. Bitte einige Sekunden warten."},
		"logout":       {"Log out", "Déconnexion", "Abmelden"},

		"missing_title": {"Nothing here", "Rien ici", "Hier ist nichts"},
		"missing_text":  {"There is no such lane or page at this station.", "Cette borne n'a ni voie ni page de ce nom.", "Diese Station hat keine solche Spur oder Seite."},
		"missing_back":  {"To the first screen", "Vers l'écran principal", "Zum ersten Bildschirm"},

		"display_ready":  {"Please hold your ticket to the reader", "Présentez votre billet au lecteur", "Bitte Ticket an den Leser halten"},
		"display_closed": {"This entrance is closed", "Cette entrée est fermée", "Dieser Eingang ist geschlossen"},
		"display_down":   {"Out of order", "Hors service", "Außer Betrieb"},

		"live":         {"Live", "En direct", "Live"},
		"connecting":   {"Connecting…", "Connexion…", "Verbinden…"},
		"lost":         {"Connection to the station lost", "Liaison avec la borne perdue", "Verbindung zur Station verloren"},
		"lost_text":    {"What you see may be old. The gate goes on working without this page.", "Ce que vous voyez est peut-être périmé. La porte continue sans cette page.", "Was Sie sehen, ist vielleicht veraltet. Das Tor arbeitet ohne diese Seite weiter."},
		"ready":        {"Ready", "Prête", "Bereit"},
		"not_ready":    {"Not ready", "Pas prête", "Nicht bereit"},
		"clock_unsure": {"time not sure", "heure incertaine", "Uhrzeit unsicher"},
		"no_script":    {"This page needs JavaScript to show what happens. The display and the API work without it.", "Cette page a besoin de JavaScript.", "Diese Seite braucht JavaScript."},
		"skip":         {"Skip to the last scans", "Aller aux derniers passages", "Zu den letzten Scans"},

		"lanes":          {"Lanes", "Voies", "Spuren"},
		"lane":           {"Lane", "Voie", "Spur"},
		"entry":          {"Entry", "Entrée", "Eingang"},
		"exit":           {"Exit", "Sortie", "Ausgang"},
		"check":          {"Check only", "Contrôle seul", "Nur Prüfung"},
		"closed":         {"Closed", "Fermée", "Geschlossen"},
		"close_lane":     {"Close", "Fermer", "Schließen"},
		"open_lane":      {"Open", "Ouvrir", "Öffnen"},
		"waiting":        {"Waiting for a ticket", "En attente d'un billet", "Wartet auf ein Ticket"},
		"no_lanes":       {"No lane is configured.", "Aucune voie n'est configurée.", "Keine Spur ist eingerichtet."},
		"reader_up":      {"reader connected", "lecteur branché", "Leser verbunden"},
		"reader_waiting": {"reader not plugged in", "lecteur débranché", "Leser nicht angeschlossen"},
		"reader_fault":   {"reader fault", "lecteur en panne", "Leser gestört"},
		"reader_virtual": {"virtual reader", "lecteur virtuel", "virtueller Leser"},

		"admit":        {"Admit", "Admettre", "Einlassen"},
		"refuse":       {"Refuse", "Refuser", "Abweisen"},
		"hold":         {"Hold", "Attendre", "Warten"},
		"repeat":       {"read again", "relu", "nochmals gelesen"},
		"not_recorded": {"not recorded", "non enregistré", "nicht aufgezeichnet"},
		"by_hand":      {"by hand", "à la main", "von Hand"},

		"counts":   {"Tonight", "Ce soir", "Heute Abend"},
		"inside":   {"Inside", "Dedans", "Drinnen"},
		"admitted": {"Admitted", "Admis", "Eingelassen"},
		"refused":  {"Refused", "Refusés", "Abgewiesen"},
		"held":     {"Held", "En attente", "Angehalten"},
		"of":       {"of", "sur", "von"},

		"scans":    {"Last scans", "Derniers passages", "Letzte Scans"},
		"no_scans": {"Nothing has been scanned yet.", "Rien n'a encore été scanné.", "Noch wurde nichts gescannt."},
		"time":     {"Time", "Heure", "Zeit"},
		"verdict":  {"Verdict", "Verdict", "Entscheid"},
		"why":      {"Why", "Raison", "Grund"},
		"ticket":   {"Ticket", "Billet", "Ticket"},

		"conditions":    {"Needs attention", "À vérifier", "Zu beachten"},
		"no_conditions": {"All is well.", "Tout va bien.", "Alles in Ordnung."},
		"critical":      {"Critical", "Critique", "Kritisch"},
		"warning":       {"Warning", "Attention", "Warnung"},
		"info":          {"Note", "Note", "Hinweis"},
		"since":         {"for", "depuis", "seit"},

		"accounts":         {"Accounts", "Comptes", "Konten"},
		"no_accounts":      {"No account is configured.", "Aucun compte n'est configuré.", "Kein Konto ist eingerichtet."},
		"tickets":          {"tickets", "billets", "Tickets"},
		"list_age":         {"List %s old", "Liste vieille de %s", "Liste %s alt"},
		"unit_day":         {"d", "j", "T"},
		"without_list":     {"This platform has no list", "Cette billetterie n'a pas de liste", "Diese Plattform hat keine Liste"},
		"no_list":          {"No complete list yet", "Pas encore de liste complète", "Noch keine vollständige Liste"},
		"age_unknown":      {"Age of the list unknown", "Âge de la liste inconnu", "Alter der Liste unbekannt"},
		"sweeping":         {"Fetching the list", "Lecture de la liste", "Liste wird geholt"},
		"sweep_now":        {"Fetch now", "Actualiser", "Jetzt holen"},
		"state_ok":         {"Connected", "Connecté", "Verbunden"},
		"state_new":        {"Starting", "Mise en route", "Startet"},
		"state_unpaired":   {"Not paired", "Non appairé", "Nicht gekoppelt"},
		"state_offline":    {"No network", "Pas de réseau", "Kein Netz"},
		"state_captive":    {"Network wants a login", "Portail captif", "Netz verlangt Anmeldung"},
		"state_auth":       {"Key refused", "Clé refusée", "Schlüssel abgelehnt"},
		"state_server":     {"Server fails", "Serveur en panne", "Server gestört"},
		"state_untrusted":  {"Certificate not trusted", "Certificat non fiable", "Zertifikat nicht vertraut"},
		"state_redirected": {"Server has moved", "Serveur déplacé", "Server umgezogen"},
		"state_throttled":  {"Asked to wait", "Serveur saturé", "Server bittet zu warten"},
		"state_other":      {"Trouble", "Problème", "Störung"},

		"queue":          {"To deliver", "À transmettre", "Zu übermitteln"},
		"queue_empty":    {"The platforms know everything.", "Les billetteries savent tout.", "Die Plattformen wissen alles."},
		"pending":        {"waiting", "en attente", "warten"},
		"buried":         {"rejected for good", "rejetés définitivement", "endgültig abgelehnt"},
		"oldest":         {"oldest for %s", "le plus ancien depuis %s", "älteste seit %s"},
		"retry":          {"Try again now", "Réessayer", "Nochmals versuchen"},
		"conflicts":      {"Conflicts", "Désaccords", "Konflikte"},
		"conflicts_none": {"No conflicts.", "Aucun désaccord.", "Keine Konflikte."},
		"conflicts_open": {"for people to look at", "à examiner", "für Menschen"},

		"failed":             {"That did not work", "Échec", "Das ging nicht"},
		"delivery_pending":   {"to deliver", "à transmettre", "zu übermitteln"},
		"delivery_delivered": {"delivered", "transmis", "übermittelt"},
		"delivery_conflict":  {"conflict", "désaccord", "Konflikt"},
		"delivery_buried":    {"rejected", "rejeté", "abgelehnt"},
	}
}
