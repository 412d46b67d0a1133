/// One stable code of our APIs: what went wrong, and what to do about it.
package struct CatalogueEntry: Sendable, Hashable {
    /// As it stands in `code`. A name in angle brackets stands for any word: `<field>_out_of_range`.
    package let code: String
    /// The HTTP statuses it comes with; none for a code that only stands in lists of an answer, such as a warning.
    package let statuses: [Int]
    package let cause: String
    package let remedy: String
    /// What people call it elsewhere, for those who search.
    package let alsoKnownAs: [String]

    package init(_ code: String, _ statuses: Int..., cause: String, remedy: String, alsoKnownAs: [String] = []) {
        self.code = code
        self.statuses = statuses
        self.cause = cause
        self.remedy = remedy
        self.alsoKnownAs = alsoKnownAs
    }

    /// Whether the code is one of this entry's.
    package func covers(_ code: String) -> Bool {
        guard let open = self.code.firstIndex(of: "<"), let close = self.code.firstIndex(of: ">") else {
            return self.code == code
        }
        let (head, tail) = (self.code[..<open], self.code[self.code.index(after: close)...])
        return code.utf8.count > head.utf8.count + tail.utf8.count && code.hasPrefix(head) && code.hasSuffix(tail)
    }
}

/// Every code of our APIs, by area. A test holds it against the sources: a code that is not here, or that nothing
/// answers any more, is named.
package enum Catalogue {
    package struct Chapter: Sendable {
        package let title: String
        package let entries: [CatalogueEntry]
    }

    package static let chapters: [Chapter] = [
        Chapter(title: "The request as such", entries: protocolErrors),
        Chapter(title: "Keys, scopes and limits", entries: accessErrors),
        Chapter(title: "Fields and parameters", entries: fieldErrors),
        Chapter(title: "Messages", entries: messageErrors),
        Chapter(title: "Templates", entries: templateErrors),
        Chapter(title: "Contacts and consent", entries: contactErrors),
        Chapter(title: "Events, rules and tasks", entries: automationErrors),
        Chapter(title: "Broadcasts", entries: broadcastErrors),
        Chapter(title: "Costs", entries: costErrors),
        Chapter(title: "Reports", entries: reportErrors),
        Chapter(title: "Callbacks", entries: callbackErrors),
        Chapter(title: "Who is told of alerts", entries: alertDestinationErrors),
        Chapter(title: "Settings, senders, keys and people", entries: settingsErrors),
        Chapter(title: "Alerts and their rules", entries: alertErrors),
        Chapter(title: "Retention and erasure", entries: retentionErrors),
        Chapter(title: "Exports", entries: exportErrors),
        Chapter(title: "Administration", entries: adminErrors),
        Chapter(title: "Sending", entries: sendingErrors),
    ]

    package static let entries: [CatalogueEntry] = chapters.flatMap(\.entries)

    /// The entry of a code; one that is written out goes before one for many.
    package static func entry(for code: String) -> CatalogueEntry? {
        entries.first { $0.code == code } ?? entries.first { $0.covers(code) }
    }

    /// Everything whose code, names or words hold the text, in any case.
    package static func search(_ text: String) -> [CatalogueEntry] {
        let wanted = text.lowercased()
        return entries.filter { entry in
            ([entry.code, entry.cause, entry.remedy] + entry.alsoKnownAs).contains { $0.lowercased().contains(wanted) }
        }
    }
}
