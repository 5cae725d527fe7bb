package camera

import (
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// clean reads a picture that shows one upright symbol and nothing else, as a program draws it. There the corner marks need not be searched for:
// the search fails on symbols whose data look like another corner mark. The work is linear in the number of pixels.
func clean(p picture) (s symbol, err error) {
	defer func() {
		if recover() != nil { // see scan
			s, err = symbol{}, ErrNoCode
		}
	}()
	source, err := gozxing.NewPlanarYUVLuminanceSource(p.pix, p.w, p.h, 0, 0, p.w, p.h, false)
	if err != nil {
		return symbol{}, ErrNoCode
	}
	bitmap, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(source))
	if err != nil {
		return symbol{}, ErrNoCode
	}
	found, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{
		gozxing.DecodeHintType_PURE_BARCODE:  true,
		gozxing.DecodeHintType_CHARACTER_SET: "ISO-8859-1",
	})
	if err != nil {
		return symbol{}, ErrNoCode
	}
	about := found.GetResultMetadata()
	if _, part := about[gozxing.ResultMetadataType_STRUCTURED_APPEND_SEQUENCE]; part {
		return symbol{}, ErrPart
	}
	segments, _ := about[gozxing.ResultMetadataType_BYTE_SEGMENTS].([][]byte)
	aim, named := about[gozxing.ResultMetadataType_SYMBOLOGY_IDENTIFIER].(string)
	code, ok := exact(found.GetText(), segments)
	if !ok || !named || len(code) == 0 {
		return symbol{}, ErrNoCode
	}
	w, h := float64(p.w), float64(p.h)
	return symbol{code: code, aim: aim, area: quad{{0, 0}, {w, 0}, {w, h}, {0, h}}}, nil
}
