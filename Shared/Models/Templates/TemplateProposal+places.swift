extension TemplateProposal {
    private var texts: [(field: String, text: String)] {
        [("header.text", content.headerText), ("body", content.body)].compactMap { field, text in
            text.map { (field, $0) }
        }
    }

    /// Names between braces: well-formed, numbered without a gap or named, and not both.
    func checkPlaces() -> [TemplateFlaw] {
        var flaws: [TemplateFlaw] = []
        var numbers: [(field: String, names: [String])] = []
        var hasNames = false
        for (field, text) in texts {
            let names = TemplateDefinition.placeholders(in: text)
            for name in names where !TemplatePlace.isNumber(name) && !TemplatePlace.isName(name) {
                flaws.append(
                    TemplateFlaw(
                        .placeholderInvalid, field,
                        "Write a variable as {{1}} or {{first_name}}: a-z, 0-9 and _, beginning with a letter."))
            }
            let stripped = TemplatePiece.pieces(of: text).allSatisfy { piece in
                switch piece {
                case .literal(let literal, _): !literal.contains("{{") && !literal.contains("}}")
                case .place: true
                }
            }
            if !stripped {
                flaws.append(
                    TemplateFlaw(.placeholderInvalid, field, "`\(field)` has braces that are not closed, or not opened."))
            }
            hasNames = hasNames || names.contains(where: TemplatePlace.isName)
            numbers.append((field, names.filter(TemplatePlace.isNumber)))
        }
        let isNumbered = numbers.contains { !$0.names.isEmpty }
        if isNumbered, hasNames {
            return flaws + [
                TemplateFlaw(
                    .placeholdersMixed, "body", "Variables are numbered, or they have names: use one of both in a template.")
            ]
        }
        return flaws + (isNumbered ? checkSequence(numbers) : []) + checkForTwilio()
    }

    private func checkSequence(_ numbers: [(field: String, names: [String])]) -> [TemplateFlaw] {
        switch provider {
        case .meta:
            numbers.compactMap { field, names in
                Self.isSequence(names)
                    ? nil
                    : TemplateFlaw(
                        .placeholdersNotInSequence, field, "Number the variables of `\(field)` from {{1}} without a gap.")
            }
        case .twilio:
            Self.isSequence(Array(Set(numbers.flatMap(\.names) + placesOfAddresses)))
                ? []
                : [
                    TemplateFlaw(
                        .placeholdersNotInSequence, "body",
                        "Twilio counts the variables of a template as one list, addresses of buttons included: "
                            + "number them from {{1}} without a gap.")
                ]
        }
    }

    private var placesOfAddresses: [String] {
        content.buttons.flatMap { button -> [String] in
            switch button {
            case .url(_, let url): TemplateDefinition.placeholders(in: url)
            case .quickReply, .phoneNumber, .copyCode, .oneTimeCode, .other: []
            }
        }
    }

    private static func isSequence(_ names: [String]) -> Bool {
        names.compactMap { Int($0) }.sorted().elementsEqual(1...max(names.count, 1)) || names.isEmpty
    }

    private func checkForTwilio() -> [TemplateFlaw] {
        guard provider == .twilio else { return [] }
        let names = Set(texts.flatMap { TemplateDefinition.placeholders(in: $0.text) })
        var flaws = names.filter { $0.unicodeScalars.count > Self.twilioNameCharactersMax }.sorted().map {
            TemplateFlaw(
                .placeholderInvalid, "body",
                "Twilio's names of variables have at most \(Self.twilioNameCharactersMax) characters: {{\($0)}} is longer.")
        }
        if names.count > Self.namesMax {
            flaws.append(
                TemplateFlaw(.tooManyPlaceholders, "body", "A template of Twilio's may have \(Self.namesMax) variables."))
        }
        return flaws
    }

    /// Reviewers see the template with these; without one for each variable it is refused.
    func checkExamples() -> [TemplateFlaw] {
        // The code of an authentication template needs none.
        if category == .authentication {
            return content.examples.keys.sorted().map {
                TemplateFlaw(.exampleUnknown, "examples.\($0)", "Authentication templates need no examples.")
            }
        }
        var flaws: [TemplateFlaw] = []
        var known: Set<String> = []
        for variable in variables where !variable.isOptional {
            known.insert(variable.name)
            guard let example = content.examples[variable.name] else {
                // A place is not much of a variable as long as where it stands has no place of its own.
                if variable.kind == .location { continue }
                flaws.append(
                    TemplateFlaw(
                        .exampleMissing, "examples.\(variable.name)",
                        "Give an example for `\(variable.name)`: WhatsApp reviews the template with it."))
                continue
            }
            flaws += check(example, of: variable)
        }
        if case .media = content.header { known.insert("header") }
        if provider == .twilio, case .media = content.header, content.examples["header"] == nil {
            flaws.append(
                TemplateFlaw(.exampleMissing, "examples.header", "Give the address of the file in `examples.header`."))
        }
        for name in content.examples.keys.sorted() where !known.contains(name) {
            flaws.append(
                TemplateFlaw(
                    .exampleUnknown, "examples.\(name)",
                    "The template has no variable `\(name)`."
                        + (known.isEmpty ? "" : " It has: \(known.sorted().joined(separator: ", "))."))
            )
        }
        return flaws + checkFilledBody()
    }

    private func check(_ example: String, of variable: TemplateVariable) -> [TemplateFlaw] {
        let field = "examples.\(variable.name)"
        switch variable.kind {
        case .image, .video, .document:
            // An address that is fetched and uploaded for the review, or the handle of such an upload.
            let isLink = MediaSource.link(example).check().isEmpty
            let isHandle = example.count > 8 && example.contains(":") && !example.contains(where: \.isWhitespace)
            return isLink || isHandle
                ? []
                : [TemplateFlaw(.exampleInvalid, field, "`\(field)` must be the address of a file (https://…), or a handle of Meta's.")]
        case .couponCode:
            let isFine = (1...TemplateDefinition.couponCharactersMax).contains(example.unicodeScalars.count)
            return isFine
                ? []
                : [
                    TemplateFlaw(
                        .exampleInvalid, field,
                        "`\(field)` must have 1 to \(TemplateDefinition.couponCharactersMax) characters.")
                ]
        case .text, .currency, .dateTime, .location, .payload:
            return example.allSatisfy(\.isWhitespace) || example.contains(where: \.isNewline)
                ? [TemplateFlaw(.exampleInvalid, field, "`\(field)` must be one line of text.")] : []
        }
    }

    private func checkFilledBody() -> [TemplateFlaw] {
        guard let body = content.body else { return [] }
        let count = content.filled(body) { content.examples[$0] ?? "" }.unicodeScalars.count
        if count <= Self.bodyCharactersMax { return [] }
        return [
            TemplateFlaw(
                .textTooLong, "body",
                "`body` with its examples may have \(Self.bodyCharactersMax) characters; it has \(count).")
        ]
    }
}

extension TemplateContent {
    /// A text with its places filled.
    package func filled(_ text: String, _ value: (String) -> String) -> String {
        TemplatePiece.pieces(of: text).reduce(into: "") { filled, piece in
            switch piece {
            case .literal(let literal, _): filled += literal
            case .place(let name): filled += value(name)
            }
        }
    }
}
