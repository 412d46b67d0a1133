import Models
import Runtime
import Storage

/// When digests go out.
struct DigestSettings: Sendable {
    /// `HH:MM`, in the zone of whoever is told.
    let time: String
    /// Of the platform's own destinations; an IANA name.
    let zone: String

    /// Nil when they are switched off.
    init?(_ reader: SettingsReader) {
        let zone = reader.text("DIGEST_TIME_ZONE", default: "UTC")
        let time = reader.text("DIGEST_AT", default: "08:00")
        if time == "off" { return nil }
        if !Self.isTime(time) { reader.note("DIGEST_AT", "must be a time as in 08:00, or off") }
        (self.time, self.zone) = (time, zone)
    }

    private static func isTime(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy(\.isNumber) }),
            let hour = Int(parts[0]), let minute = Int(parts[1])
        else { return false }
        return hour < 24 && minute < 60
    }
}

/// Writes the digests and reports that have come due; whatever copies run, each once a day and destination.
struct DigestTurn: Sendable {
    let settings: DigestSettings
    let routes: DigestRouteStore
    let figures: DigestStore
    let destinations: [NotificationDestination]

    /// - Returns: how many were written.
    func run() async throws -> Int {
        var written = 0
        var contents: [Subject: DigestWords.Content] = [:]
        for route in try await routes.due(to: destinations, at: settings.time, zone: settings.zone) {
            let subject = Subject(kind: route.kind, tenantID: route.tenantID, moment: route.moment)
            let content: DigestWords.Content
            if let made = contents[subject] { content = made } else { content = try await self.content(of: subject) }
            contents[subject] = content
            let title = Self.title(of: route)
            if try await routes.write(route, subject: title, body: DigestWords.encode(content)) { written += 1 }
        }
        return written
    }

    /// What is the same for everybody who is told of it.
    private struct Subject: Hashable {
        let kind: TellingKind
        let tenantID: TenantID?
        let moment: Timestamp
    }

    private func content(of subject: Subject) async throws -> DigestWords.Content {
        let news = try await routes.news(of: subject.tenantID, ending: subject.moment)
        guard subject.kind == .retryReport else {
            return DigestWords.day(try await figures.day(of: subject.tenantID, ending: subject.moment), news)
        }
        let businesses = try await figures.retriesOfWeek(ending: subject.moment)
        return DigestWords.retries(
            businesses.filter { subject.tenantID == nil || $0.tenantID == subject.tenantID }, news)
    }

    private static func title(of route: DigestRoute) -> String {
        let whose = route.tenantName ?? "all businesses"
        return route.kind == .retryReport
            ? "Retries of last week, \(whose) (\(route.day))" : "Your day with Tidings, \(whose) (\(route.day))"
    }
}
