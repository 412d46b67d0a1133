/// Numbers as texts, without any library of locales.
package enum NumberText {
    /// As JSON would write it: whole numbers without a point.
    package static func plain(_ number: Double) -> String {
        if let whole = Int64(exactly: number) { return String(whole) }
        return number.description
    }

    /// With groups of three digits, as the language writes them: `1,250.50`, `1.250,50`, `1 250,50`.
    ///
    /// - Parameter decimals: digits after the point; nil: as many as there are, two at most.
    package static func grouped(_ number: Double, decimals: Int?, language: String) -> String {
        guard number.isFinite, abs(number) < 1e15 else { return plain(number) }
        let digits = decimals ?? (number == number.rounded() ? 0 : 2)
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int64((abs(number) * scale).rounded())
        let (whole, rest) = (scaled / Int64(scale), scaled % Int64(scale))
        let (group, point) = separators(of: language)
        var text = number < 0 && scaled > 0 ? "-" : ""
        let wholeDigits = Array(String(whole))
        for (index, digit) in wholeDigits.enumerated() {
            if index > 0, (wholeDigits.count - index) % 3 == 0 { text.append(group) }
            text.append(digit)
        }
        guard digits > 0 else { return text }
        let fraction = String(rest)
        return text + String(point) + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    private static func separators(of language: String) -> (group: Character, point: Character) {
        switch language.prefix(while: { $0 != "_" && $0 != "-" }) {
        case "de", "es", "it", "id", "nl", "pt", "tr", "da", "el": (".", ",")
        // A no-break space, so that a number is not torn apart at the end of a line.
        case "fr", "pl", "ru", "uk", "cs", "sv", "nb", "fi": ("\u{00A0}", ",")
        case _: (",", ".")
        }
    }
}
