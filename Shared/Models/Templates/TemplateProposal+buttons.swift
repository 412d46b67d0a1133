extension TemplateProposal {
    package static let buttonsMax = 10
    package static let urlButtonsMax = 2
    package static let urlCharactersMax = 2_000

    func checkButtons() -> [TemplateFlaw] {
        var flaws: [TemplateFlaw] = []
        if content.buttons.count > Self.buttonsMax {
            flaws.append(
                TemplateFlaw(.tooManyButtons, "buttons", "A template may have \(Self.buttonsMax) buttons."))
        }
        for (index, button) in content.buttons.enumerated() { flaws += check(button, "buttons[\(index)]") }
        return flaws + checkCounts() + checkGroups() + checkLabelsDiffer()
    }

    private func check(_ button: TemplateButton, _ field: String) -> [TemplateFlaw] {
        switch button {
        case .quickReply(let text): return Self.checkLabel(text, field + ".text")
        case .url(let text, let url): return Self.checkLabel(text, field + ".text") + check(url: url, field + ".url")
        case .phoneNumber(let text, let number):
            let digits = number.drop { $0 == "+" }.utf8
            let isNumber = (7...15).contains(digits.count) && digits.allSatisfy { (48...57).contains($0) }
            return Self.checkLabel(text, field + ".text")
                + (isNumber
                    ? []
                    : [
                        TemplateFlaw(
                            .buttonInvalid, field + ".phone_number",
                            "Write `\(field).phone_number` with its country code and without blanks: +393401234567.")
                    ])
        case .copyCode:
            return provider == .twilio
                ? [
                    TemplateFlaw(
                        .componentNotAllowed, field + ".type",
                        "Offer codes to copy go through accounts of Meta's only: put the code into the text.")
                ] : []
        case .oneTimeCode:
            return [
                TemplateFlaw(
                    .componentNotAllowed, field + ".type", "A button for login codes needs the category authentication.")
            ]
        case .other(let type, _):
            return [
                TemplateFlaw(
                    .componentNotAllowed, field + ".type",
                    "Buttons of the type \(type) are made in WhatsApp Manager: Tidings sends such templates, but writes none.")
            ]
        }
    }

    private func check(url: String, _ field: String) -> [TemplateFlaw] {
        let places = TemplateDefinition.placeholders(in: url)
        let bare = content.filled(url) { _ in "x" }
        let isAddress = (url.hasPrefix("https://") || url.hasPrefix("http://")) && bare.utf8.allSatisfy { $0 > 32 && $0 < 127 }
        if !isAddress || url.unicodeScalars.count > Self.urlCharactersMax {
            return [
                TemplateFlaw(
                    .buttonInvalid, field,
                    "`\(field)` must begin with https:// or http://, hold no blanks and have at most "
                        + "\(Self.urlCharactersMax) characters.")
            ]
        }
        guard let place = places.first else { return [] }
        let isInHost = !url.prefix(while: { $0 != "{" }).dropFirst("https://".count).contains("/")
        if places.count > 1 || !url.hasSuffix("}}") || isInHost {
            return [
                TemplateFlaw(
                    .placeholderMisplaced, field, "An address may have one variable, at its very end, behind its host.")
            ]
        }
        // Meta knows one place in an address, and it has no name.
        if provider == .meta, place != "1" {
            return [TemplateFlaw(.placeholderInvalid, field, "The variable of an address is written {{1}}.")]
        }
        return []
    }

    private func checkCounts() -> [TemplateFlaw] {
        var counts: [String: Int] = [:]
        for button in content.buttons { counts[button.word, default: 0] += 1 }
        return [("url", Self.urlButtonsMax), ("phone_number", 1), ("copy_code", 1)].compactMap { word, max in
            (counts[word] ?? 0) > max
                ? TemplateFlaw(
                    .tooManyButtons, "buttons",
                    "A template may have \(max == 1 ? "one button" : "\(max) buttons") of the type \(word).")
                : nil
        }
    }

    /// Meta: quick replies stand together, before all others or behind them.
    private func checkGroups() -> [TemplateFlaw] {
        let kinds = content.buttons.map { $0.word == "quick_reply" }
        let changes = zip(kinds, kinds.dropFirst()).count { $0 != $1 }
        return changes > 1
            ? [
                TemplateFlaw(
                    .buttonsNotGrouped, "buttons", "Put all quick replies before the other buttons, or all of them behind.")
            ] : []
    }

    private func checkLabelsDiffer() -> [TemplateFlaw] {
        var seen: Set<String> = []
        for (index, button) in content.buttons.enumerated() where !seen.insert(button.label).inserted {
            return [
                TemplateFlaw(.buttonInvalid, "buttons[\(index)].text", "Two buttons have the label `\(button.label)`.")
            ]
        }
        return []
    }
}
