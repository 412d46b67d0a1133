enum MailEncoding {
    private static let hexadecimal = Array("0123456789ABCDEF".utf8)
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )
    private static let lineMax = 76

    static func base64(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        output.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            bits <<= UInt32(8 * (3 - group.count))
            for position in 0...3 {
                let index = Int(bits >> UInt32(18 - 6 * position)) & 63
                output.append(position <= group.count ? alphabet[index] : UInt8(ascii: "="))
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// RFC 2045, 6.7: any line end becomes CRLF, no line is longer than 76 characters.
    static func quotedPrintable(_ text: String) -> String {
        var output: [UInt8] = []
        var lineLength = 0
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            let next = index + 1 < bytes.count ? bytes[index + 1] : nil
            index += 1
            if byte == 0x0A || byte == 0x0D {
                if byte == 0x0D, next == 0x0A { index += 1 }
                output += [0x0D, 0x0A]
                lineLength = 0
                continue
            }
            let endsLine = next == nil || next == 0x0A || next == 0x0D
            let isSpace = byte == 0x20 || byte == 0x09
            let isPlain = isSpace ? !endsLine : (0x21...0x7E).contains(byte) && byte != 0x3D
            let encoded = isPlain ? [byte] : [0x3D, hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
            // One place stays free for the "=" of a soft line break.
            if lineLength + encoded.count > lineMax - 1 {
                output += [0x3D, 0x0D, 0x0A]
                lineLength = 0
            }
            output += encoded
            lineLength += encoded.count
        }
        return String(decoding: output, as: UTF8.self)
    }
}
