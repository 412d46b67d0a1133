/// A phone number as logs and pages may show it: `+393401234567` becomes `+39…567`.
///
/// Too short to hide anything, or not a number at all, it shows nothing of it.
package func maskedPhone(_ number: some StringProtocol) -> String {
    // A business-scoped user id, IT.4410928374650192837.
    if UserIDText.isValid(number) { return "\(number.prefix(3))…\(number.suffix(3))" }
    let digits = number.utf8.filter { (48...57).contains($0) }
    // Six shown digits must leave at least as much hidden as one subscriber in ten thousand.
    guard digits.count >= 9 else { return "…" }
    let start = String(decoding: digits.prefix(2), as: UTF8.self)
    let end = String(decoding: digits.suffix(3), as: UTF8.self)
    return "+\(start)…\(end)"
}
