extension TemplateProposal {
    package static let headerCharactersMax = 60
    package static let bodyCharactersMax = 1_024
    package static let footerCharactersMax = 60
    package static let codeExpirationMinutes = 1...90
    /// Twilio, "Using variables": a key of a variable.
    package static let twilioNameCharactersMax = 16
    package static let namesMax = 100

    func checkTexts() -> [TemplateFlaw] {
        var flaws: [TemplateFlaw] = []
        switch content.header {
        case nil: break
        case .text(let text):
            flaws += Self.check(text, "header.text", max: Self.headerCharactersMax, isOneLine: true)
            if TemplateDefinition.placeholders(in: text).count > 1 {
                flaws.append(
                    TemplateFlaw(.tooManyPlaceholders, "header.text", "A header may have one variable."))
            }
        case .media: break
        case .location:
            if provider == .twilio {
                flaws.append(
                    TemplateFlaw(
                        .componentNotAllowed, "header.format",
                        "Twilio has no templates with a location. Send it through an account of Meta's."))
            }
        }
        if let body = content.body {
            flaws += Self.check(body, "body", max: Self.bodyCharactersMax, isOneLine: false)
            flaws += checkPlacesOfBody(body)
        } else {
            flaws.append(TemplateFlaw(.textMissing, "body", "`body` is required."))
        }
        if let footer = content.footer {
            flaws += Self.check(footer, "footer", max: Self.footerCharactersMax, isOneLine: true)
            if footer.contains("{{") {
                flaws.append(TemplateFlaw(.placeholderMisplaced, "footer", "A footer has no variables."))
            }
        }
        if content.addsSecurityRecommendation || content.codeExpirationMinutes != nil {
            flaws.append(
                TemplateFlaw(
                    .componentNotAllowed,
                    content.addsSecurityRecommendation ? "add_security_recommendation" : "code_expiration_minutes",
                    "Only templates of the category authentication have it."))
        }
        return flaws
    }

    /// Meta writes the texts of authentication templates itself; only what it asks for may be chosen.
    func checkAuthentication() -> [TemplateFlaw] {
        var flaws: [TemplateFlaw] = []
        func refuse(_ field: String, _ detail: String) {
            flaws.append(TemplateFlaw(.componentNotAllowed, field, detail))
        }
        if content.header != nil { refuse("header", "Authentication templates have no header.") }
        if content.body != nil {
            refuse("body", "WhatsApp writes the text of authentication templates itself: leave `body` out.")
        }
        if content.footer != nil {
            refuse("footer", "Authentication templates have no footer of yours: set `code_expiration_minutes`.")
        }
        if let minutes = content.codeExpirationMinutes, !Self.codeExpirationMinutes.contains(minutes) {
            flaws.append(
                TemplateFlaw(
                    .textInvalid, "code_expiration_minutes", "`code_expiration_minutes` must lie between 1 and 90."))
        }
        guard content.buttons.count == 1, case .oneTimeCode(let code) = content.buttons[0] else {
            flaws.append(
                TemplateFlaw(
                    .buttonInvalid, "buttons",
                    "An authentication template has exactly one button, of the type otp."))
            return flaws
        }
        return flaws + check(code)
    }

    private func check(_ code: OneTimeCode) -> [TemplateFlaw] {
        var flaws = Self.checkLabel(code.text, "buttons[0].text") + Self.checkLabel(code.autofillText, "buttons[0].autofill_text")
        switch code.way {
        case .copyCode: break
        case .oneTap, .zeroTap:
            if provider == .twilio {
                flaws.append(
                    TemplateFlaw(.buttonInvalid, "buttons[0].otp_type", "Through Twilio a code can only be copied: copy_code."))
            }
            if !(1...5).contains(code.apps.count) {
                flaws.append(
                    TemplateFlaw(.buttonInvalid, "buttons[0].apps", "Name 1 to 5 apps that may take the code."))
            }
            if code.way == .zeroTap, !code.acceptsZeroTapTerms {
                flaws.append(
                    TemplateFlaw(
                        .buttonInvalid, "buttons[0].zero_tap_terms_accepted",
                        "Zero-tap codes need WhatsApp's terms for them accepted: send true."))
            }
        }
        for (index, app) in code.apps.enumerated() where app.package.isEmpty || app.signatureHash.utf8.count != 11 {
            flaws.append(
                TemplateFlaw(
                    .buttonInvalid, "buttons[0].apps[\(index)]",
                    "An app has its `package_name`, and a `signature_hash` of 11 characters."))
        }
        return flaws
    }

    static func checkLabel(_ label: String?, _ field: String) -> [TemplateFlaw] {
        guard let label else { return [] }
        if label.contains("{{") {
            return [TemplateFlaw(.placeholderMisplaced, field, "The label of a button has no variables.")]
        }
        return check(label, field, max: 25, isOneLine: true)
    }

    static func check(_ text: String, _ field: String, max: Int, isOneLine: Bool) -> [TemplateFlaw] {
        if text.allSatisfy(\.isWhitespace) { return [TemplateFlaw(.textMissing, field, "`\(field)` must not be blank.")] }
        let count = text.unicodeScalars.count
        if count > max {
            return [TemplateFlaw(.textTooLong, field, "`\(field)` may have \(max) characters; it has \(count).")]
        }
        if isOneLine, text.contains(where: \.isNewline) {
            return [TemplateFlaw(.textInvalid, field, "`\(field)` must be one line.")]
        }
        return hasForbiddenSpace(text)
            ? [
                TemplateFlaw(
                    .textInvalid, field,
                    "`\(field)` must hold no tabs, no more than two line breaks and no more than four blanks in a row.")
            ] : []
    }

    private static func hasForbiddenSpace(_ text: String) -> Bool {
        var (blanks, breaks) = (0, 0)
        for character in text {
            blanks = character == " " ? blanks + 1 : 0
            breaks = character.isNewline ? breaks + 1 : 0
            if character == "\t" || blanks > TemplateDefinition.consecutiveSpacesMax || breaks > 2 { return true }
        }
        return false
    }

    /// Meta refuses a body that begins or ends with a variable (2388299), and variables side by side.
    private func checkPlacesOfBody(_ body: String) -> [TemplateFlaw] {
        let pieces = TemplatePiece.pieces(of: body)
        var flaws: [TemplateFlaw] = []
        var isAfterPlace = false
        var isAtStart = true
        for piece in pieces {
            switch piece {
            case .literal(let text, _):
                if text.isEmpty { continue }
                let isBlank = text.allSatisfy(\.isWhitespace)
                if isBlank { continue }
                (isAfterPlace, isAtStart) = (false, false)
            case .place(let name):
                if isAtStart {
                    flaws.append(
                        TemplateFlaw(
                            .placeholderMisplaced, "body", "`body` must not begin with a variable: put a word before {{\(name)}}."))
                } else if isAfterPlace {
                    flaws.append(
                        TemplateFlaw(.placeholderMisplaced, "body", "Put a word between {{\(name)}} and the variable before it."))
                }
                (isAfterPlace, isAtStart) = (true, false)
            }
        }
        if isAfterPlace {
            flaws.append(
                TemplateFlaw(.placeholderMisplaced, "body", "`body` must not end with a variable: put a word behind it."))
        }
        return flaws
    }
}
