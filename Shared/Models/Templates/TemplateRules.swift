/// What may be done with a template at its provider.
package enum TemplateAction: String, CaseIterable, Hashable, Sendable {
    /// Hand it in for review: the first time, or what was changed since.
    case submit
    case delete
    /// Lift a pause that the provider does not lift itself.
    case unpause
}

/// Why something cannot be done with a template now.
package enum TemplateRefusal: Error, Hashable, Sendable {
    /// Meta takes changes of approved, rejected and paused templates only.
    case notChangeable(TemplateStatus)
    /// Twilio's contents never change once they are handed in.
    case fixedAtProvider
    case nothingToSubmit(TemplateStatus)
    /// Another order for it is being carried out.
    case busy(TemplateAction)
    /// Meta takes so many changes of an approved template; the next one from then on.
    case editLimit(Timestamp)
    /// Meta deletes no disabled template.
    case notDeletable(TemplateStatus)
    case notPaused(TemplateStatus)
}

/// Meta, template management: when what may be done.
package enum TemplateRules {
    package static let editsADay = 1
    package static let editsAMonth = 10
    package static let day: Duration = .seconds(86_400)
    package static let month: Duration = .seconds(30 * 86_400)
    /// New templates of one account in a rolling hour.
    package static let creationsAnHour = 100

    package static func change(_ status: TemplateStatus, _ provider: Provider) -> TemplateRefusal? {
        switch status {
        case .draft: nil
        case .approved, .rejected, .paused: provider == .twilio ? .fixedAtProvider : nil
        case .pending, .inAppeal, .disabled, .pendingDeletion, .deleted, .archived, .limitExceeded, .unknown:
            .notChangeable(status)
        }
    }

    /// - Parameter edits: when the provider took earlier changes of the approved template.
    package static func submit(
        _ status: TemplateStatus, _ provider: Provider, hasChanges: Bool, edits: [Timestamp], now: Timestamp
    ) -> TemplateRefusal? {
        if let refusal = change(status, provider) { return refusal }
        switch status {
        case .draft: return nil
        case .approved: return hasChanges ? editLimit(edits, now) : .nothingToSubmit(status)
        case .rejected, .paused: return hasChanges ? nil : .nothingToSubmit(status)
        case .pending, .inAppeal, .disabled, .pendingDeletion, .deleted, .archived, .limitExceeded, .unknown:
            return .notChangeable(status)
        }
    }

    private static func editLimit(_ edits: [Timestamp], _ now: Timestamp) -> TemplateRefusal? {
        let lately = edits.filter { $0 + month > now }.sorted()
        var free: [Timestamp] = []
        if lately.count >= editsAMonth { free.append(lately[lately.count - editsAMonth] + month) }
        let today = lately.filter { $0 + day > now }
        if today.count >= editsADay { free.append(today[today.count - editsADay] + day) }
        return free.max().map { .editLimit($0) }
    }

    package static func delete(_ status: TemplateStatus) -> TemplateRefusal? {
        switch status {
        case .draft, .approved, .rejected, .paused, .pending, .inAppeal, .archived, .limitExceeded, .unknown: nil
        case .disabled, .pendingDeletion, .deleted: .notDeletable(status)
        }
    }

    package static func unpause(_ status: TemplateStatus, _ provider: Provider) -> TemplateRefusal? {
        status == .paused && provider == .meta ? nil : .notPaused(status)
    }
}
