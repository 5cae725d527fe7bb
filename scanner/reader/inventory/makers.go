package inventory

// maker is what a USB vendor number tells.
type maker struct {
	vendor  uint16
	product uint16 // 0 is any
	name    string
	looks   Looks
	what    string // what the maker makes, as a reason
	profile string // the profile of its readers on a serial line, "" if none is known to fit as delivered
}

const (
	makesReaders   = "makes bar code readers"
	makesAdapters  = "makes USB-serial adapters, and a reader may be behind this one"
	makesKeyboards = "makes keyboards for people"
	makesModems    = "makes modems"
)

// makers is what is known of vendor numbers. The names are those of the public list at linux-usb.org/usb-ids.html; that a vendor makes readers
// is stated by its products there or in its manuals. Zebra's readers need profile=zebra-ssi only when they have been set to SSI, which they are
// not as delivered, so nothing is proposed for them.
func makers() []maker {
	return []maker{
		{0x0c2e, 0, "Honeywell (Metrologic)", LooksReader, makesReaders, "honeywell"},
		{0x0536, 0, "Honeywell (Hand Held Products)", LooksReader, makesReaders, "honeywell"},
		{0x05e0, 0, "Zebra (Symbol)", LooksReader, makesReaders, ""},
		{0x05f9, 0, "Datalogic (PSC)", LooksReader, makesReaders, "datalogic"},
		{0x080c, 0, "Datalogic", LooksReader, makesReaders, "datalogic"},
		{0x1eab, 0, "Newland", LooksReader, makesReaders, "newland"},
		{0x065a, 0, "Opticon (Optoelectronics)", LooksReader, makesReaders, ""},
		{0x0745, 0, "CipherLab (Syntech)", LooksReader, makesReaders, ""},
		{0x0db5, 0, "Access-IS", LooksReader, makesReaders, ""},
		{0x067e, 0, "Intermec", LooksReader, makesReaders, ""},
		{0x27dd, 0, "Mindeo", LooksReader, makesReaders, ""},
		// The two numbers of the Grow GM65 belong to nobody; they are found in either order.
		{0x6666, 0x7777, "Grow (GM65)", LooksReader, "these numbers are those of GM65 modules", "gm65"},
		{0x7777, 0x6666, "Grow (GM65)", LooksReader, "these numbers are those of GM65 modules", "gm65"},

		{0x0403, 0, "FTDI", LooksMaybe, makesAdapters, ""},
		{0x10c4, 0, "Silicon Labs", LooksMaybe, makesAdapters, ""},
		{0x1a86, 0, "QinHeng (CH340)", LooksMaybe, makesAdapters, ""},
		{0x067b, 0, "Prolific", LooksMaybe, makesAdapters, ""},

		{0x045e, 0, "Microsoft", LooksOther, makesKeyboards, ""},
		{0x046d, 0, "Logitech", LooksOther, makesKeyboards, ""},
		{0x046a, 0, "Cherry", LooksOther, makesKeyboards, ""},
		{0x05ac, 0, "Apple", LooksOther, makesKeyboards, ""},
		{0x413c, 0, "Dell", LooksOther, makesKeyboards, ""},
		{0x17ef, 0, "Lenovo", LooksOther, makesKeyboards, ""},
		{0x03f0, 0, "HP", LooksOther, makesKeyboards, ""},
		{0x04f2, 0, "Chicony", LooksOther, makesKeyboards, ""},
		{0x04ca, 0, "Lite-On", LooksOther, makesKeyboards, ""},
		{0x0b05, 0, "ASUS", LooksOther, makesKeyboards, ""},
		{0x1038, 0, "SteelSeries", LooksOther, makesKeyboards, ""},
		{0x1532, 0, "Razer", LooksOther, makesKeyboards, ""},
		{0x1b1c, 0, "Corsair", LooksOther, makesKeyboards, ""},

		{0x1199, 0, "Sierra Wireless", LooksOther, makesModems, ""},
		{0x12d1, 0, "Huawei", LooksOther, makesModems, ""},
		{0x19d2, 0, "ZTE", LooksOther, makesModems, ""},
		{0x1bc7, 0, "Telit", LooksOther, makesModems, ""},
		{0x1e0e, 0, "SIMCom", LooksOther, makesModems, ""},
		{0x2c7c, 0, "Quectel", LooksOther, makesModems, ""},
		{0x1546, 0, "u-blox", LooksOther, "makes satellite receivers", ""},
		{0x2341, 0, "Arduino", LooksOther, "makes boards for tinkering, which start anew when they are opened", ""},
	}
}

// makerOf finds what is known of a device's numbers.
func makerOf(vendor, product uint16) (maker, bool) {
	for _, m := range makers() {
		if m.vendor == vendor && (m.product == 0 || m.product == product) {
			return m, true
		}
	}
	return maker{}, false
}
