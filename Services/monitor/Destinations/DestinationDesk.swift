import APIKit
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage

/// Who changes destinations, and whose.
struct DestinationCaller: Sendable {
    /// Nil: the platform's.
    let owner: TenantID?
    let source: AuditSource
    /// The address that they are signed in with; a program has none.
    let email: String?
}

/// What routes and pages do with destinations of alerts.
struct DestinationDesk: Sendable {
    static let fields = [
        "label", "severity_min", "codes", "is_second_line", "quiet_hours", "time_zone", "wants_digest", "wants_retry_report",
        "is_on",
    ]
    static let labelCharactersMax = 100
    /// Where Slack's incoming webhooks are; anything else would make us call whatever somebody writes here.
    private static let slackHosts = ["https://hooks.slack.com/", "https://hooks.slack-gov.com/"]

    private let database: Database
    private let secrets: SecretStore
    private let ids: IDSource
    private let publicURL: String
    private let allowsPrivate: Bool

    init(_ site: SiteParts) {
        database = site.platformDatabase
        secrets = SecretStore(site.settings.masterKeys)
        ids = site.ids
        publicURL = site.settings.publicURL
        allowsPrivate = site.settings.allowsPrivateCallbacks
    }

    func store(_ owner: TenantID?) -> AlertDestinationStore {
        AlertDestinationStore(database, secrets, ids: ids, of: owner)
    }

    func create(_ root: JSONValue, by caller: DestinationCaller) async throws -> AlertDestination {
        var problems = FieldProblems()
        let reader = FieldReader(root, known: Self.fields + ["channel", "address", "url"], problems: &problems)
        let address = address(reader, isPlatform: caller.owner == nil, &problems)
        let wishes = try await wishes(AlertWishes(), reader, caller.owner, &problems)
        guard problems.isEmpty, let address else { throw Problem.refused(problems.all) }
        let made = try await store(caller.owner).create(
            address, wishes, provenEmail: caller.email, by: caller.source, proof: proof)
        switch made {
        case .created(let destination): return destination
        case .known: throw Problem.conflict("alert_destination_known", "This address is a destination already.", field: "address")
        case .tooMany:
            throw Problem.conflict(
                "alert_destinations_limit_reached", "There may be \(AlertDestinationStore.destinationsMax). Delete one first.")
        }
    }

    func change(_ id: AlertDestinationID, _ root: JSONValue, by caller: DestinationCaller) async throws -> AlertDestination {
        let store = store(caller.owner)
        guard let before = try await store.destination(id) else { throw Problem.alertDestinationNotFound }
        var problems = FieldProblems()
        let reader = FieldReader(root, known: Self.fields, problems: &problems)
        let wishes = try await wishes(before.wishes, reader, caller.owner, &problems)
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        guard let after = try await store.change(id, to: wishes, by: caller.source) else {
            throw Problem.alertDestinationNotFound
        }
        return after
    }

    func delete(_ id: AlertDestinationID, by caller: DestinationCaller) async throws {
        guard try await store(caller.owner).delete(id, by: caller.source) else { throw Problem.alertDestinationNotFound }
    }

    func test(_ id: AlertDestinationID, by caller: DestinationCaller) async throws -> AlertDestination {
        let tested = try await store(caller.owner).test(
            id, subject: "A test from Tidings",
            body: "This is where you are told of alerts. Somebody asked for a test; nothing is wrong.",
            by: caller.source, proof: proof)
        guard let tested else { throw Problem.alertDestinationNotFound }
        return tested
    }

    private var proof: @Sendable (Secret) -> (subject: String, body: String) {
        { [publicURL] token in
            (
                subject: "Do you want Tidings' alerts at this address?",
                body: """
                    Somebody entered this address in Tidings, to be told of alerts here. Say so if you want them:

                    \(publicURL)\(DestinationProofPages.path)?t=\(token.reveal())

                    The link works for a day. If it was not you, there is nothing to do: nothing more will come.
                    """
            )
        }
    }

    // MARK: Reading

    private func address(
        _ reader: FieldReader, isPlatform: Bool, _ problems: inout FieldProblems
    ) -> AlertDestinationStore.Address? {
        guard let channel = reader.requiredText("channel", &problems) else { return nil }
        switch NotificationChannel(rawValue: channel) {
        case .email:
            guard let text = reader.requiredText("address", &problems) else { return nil }
            if let email = EmailAddress(text.trimmed) { return .email(email.text) }
            problems.note("email_invalid", "address", "`address` must be an e-mail address.")
            return nil
        case .slack where !isPlatform:
            guard let url = reader.requiredText("url", &problems) else { return nil }
            if isSlack(url) { return .slack(Secret(url)) }
            problems.note("slack_url_invalid", "url", "`url` must begin with \(Self.slackHosts[0])services/.")
            return nil
        case .slack, nil:
            problems.note(
                "alert_channel_unknown", "channel",
                isPlatform ? "`channel` must be email: the platform's Slack stands in its settings." : "`channel` must be email or slack.")
            return nil
        }
    }

    private func isSlack(_ url: String) -> Bool {
        guard url.utf8.count <= 500, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"\\@#".utf8.contains($0) }) else {
            return false
        }
        return Self.slackHosts.contains { url.hasPrefix($0) } || (allowsPrivate && url.hasPrefix("http://127.0.0.1:"))
    }

    private func wishes(
        _ before: AlertWishes, _ reader: FieldReader, _ owner: TenantID?, _ problems: inout FieldProblems
    ) async throws -> AlertWishes {
        var wishes = before
        if let label = reader.text("label", &problems) {
            wishes.label = label.trimmed
            if wishes.label.count > Self.labelCharactersMax || wishes.label.unicodeScalars.contains(where: { $0.value < 0x20 }) {
                problems.note("label_too_long", "label", "`label` may have \(Self.labelCharactersMax) characters on one line.")
            }
        }
        if let word = reader.text("severity_min", &problems) {
            if let severity = AlertSeverity(rawValue: word) {
                wishes.severityMin = severity
            } else {
                problems.note("severity_min_unknown", "severity_min", "`severity_min` must be info, warning or critical.")
            }
        }
        if reader.isNull("codes") { wishes.codes = [] }
        if reader.has("codes") { wishes.codes = Self.codes(reader, owner, &problems) }
        if reader.isNull("quiet_hours") { wishes.quietHours = nil }
        if let hours = QuietHoursField.read(reader, &problems) { wishes.quietHours = .init(from: hours.from, to: hours.to) }
        wishes.isSecondLine = reader.boolean("is_second_line", &problems) ?? wishes.isSecondLine
        wishes.wantsDigest = reader.boolean("wants_digest", &problems) ?? wishes.wantsDigest
        wishes.wantsRetryReport = reader.boolean("wants_retry_report", &problems) ?? wishes.wantsRetryReport
        wishes.isOn = reader.boolean("is_on", &problems) ?? wishes.isOn
        if let zone = reader.text("time_zone", &problems) {
            wishes.timeZone = zone
            if try await !store(owner).isTimeZone(zone) {
                problems.note("time_zone_unknown", "time_zone", "There is no time zone of this name. Write it as in Europe/Rome, or UTC.")
            }
        }
        return wishes
    }

    private static func codes(_ reader: FieldReader, _ owner: TenantID?, _ problems: inout FieldProblems) -> [String] {
        let words = reader["codes"]?.elements?.map { $0.string ?? "" } ?? [""]
        for word in words {
            guard let code = AlertCode(rawValue: word), owner == nil || !code.isForPlatformOnly else {
                problems.note("alert_code_unknown", "codes", "There is no code `\(word.shortened)` that you could be told of.")
                continue
            }
        }
        return Array(Set(words)).sorted()
    }
}

extension Problem {
    static let alertDestinationNotFound = notFound("alert destination")
}

extension AlertDestination {
    func writeFields(into writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("channel", channel.rawValue)
        writer.field("address", orNull: address)
        writer.field("label", wishes.label)
        writer.field("severity_min", wishes.severityMin.rawValue)
        writer.field("codes", wishes.codes)
        writer.field("is_second_line", wishes.isSecondLine)
        if let quiet = wishes.quietHours {
            writer.field("quiet_hours", object: { hours in
                hours.field("from", QuietHoursField.text(quiet.from))
                hours.field("to", QuietHoursField.text(quiet.to))
            })
        } else {
            writer.field("quiet_hours", orNull: nil as String?)
        }
        writer.field("time_zone", wishes.timeZone)
        writer.field("wants_digest", wishes.wantsDigest)
        writer.field("wants_retry_report", wishes.wantsRetryReport)
        writer.field("is_on", wishes.isOn)
        writer.field("is_verified", isVerified)
        writer.field("created_by", createdBy)
        writer.field("created_at", createdAt.rfc3339)
        writer.field("updated_at", updatedAt.rfc3339)
        writer.field("last_told_at", orNull: lastToldAt?.rfc3339)
        writer.field("last_problem_at", orNull: lastProblemAt?.rfc3339)
        writer.field("last_problem", orNull: lastProblem)
    }
}
