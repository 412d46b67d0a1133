import Models
import Storage

/// What a person can do about one message. Whether it works is for the API to say; what cannot is not offered.
enum MessageAction: String, CaseIterable {
    case retry, refresh, cancel

    var title: String {
        switch self {
        case .retry: "Send again"
        case .refresh: "Ask for its status"
        case .cancel: "Cancel"
        }
    }

    /// What a list offers beside a message.
    static func offered(for row: LogRow) -> [MessageAction] {
        switch row.state {
        case .failed, .undelivered, .expired: [.retry]
        case .scheduled, .queued, .waiting, .held: [.cancel]
        case .sending, .unanswered, .sent, .delivered, .read, .cancelled: []
        }
    }

    /// The same where more is known of it.
    static func offered(for detail: LogDetail) -> [MessageAction] {
        var actions = detail.child == nil ? offered(for: detail.row) : []
        // Meta tells by webhook only.
        if detail.sender.provider == .twilio, [.sent, .delivered, .unanswered].contains(detail.row.state) {
            actions.append(.refresh)
        }
        return actions
    }

    func form(_ id: MessageID, _ visitor: Visitor, isSmall: Bool = false, isForced: Bool = false) -> HTML {
        let force: HTML = isForced ? "<input type=\"hidden\" name=\"force\" value=\"yes\">" : .nothing
        let kind = self == .retry ? "btn-main" : "btn-plain"
        return """
            <form method="post" action="\(TenantPages.path)/\(id.description)/\(rawValue)">\(FormToken.input(visitor))\(force)\
            <button class="btn \(isSmall ? "btn-sm" : "") \(kind)">\(isForced ? "Send it again all the same" : title)</button></form>
            """
    }

    static func forms(_ actions: [MessageAction], _ id: MessageID, _ visitor: Visitor?, isSmall: Bool = false) -> HTML {
        guard let visitor, visitor.who.access.allows(Scope(.messages, isReadOnly: false)), !actions.isEmpty else {
            return .nothing
        }
        return "<div class=\"actions\">\(actions.map { $0.form(id, visitor, isSmall: isSmall) })</div>"
    }
}

/// What became of an action, above the message it was about.
struct ActionNotice {
    let title: String
    let detail: HTML
    var isBad = false

    /// What the address of a page says was done a moment ago; nil for anything else.
    init?(done: String?, _ detail: LogDetail) {
        switch done.flatMap(MessageAction.init(rawValue:)) {
        case .retry:
            guard let parent = detail.parent else { return nil }
            title = "Sent again"
            self.detail = """
                This is the new message. It repeats <a href="\(TenantPages.path)/\(parent.description)">the one before</a>; this \
                page follows it by itself.
                """
        case .refresh:
            title = "Asked for its status"
            self.detail = "What the provider answered stands below."
        case .cancel:
            title = "Cancelled"
            self.detail = "It will not be sent."
        case nil: return nil
        }
    }

    init(title: String, detail: HTML, isBad: Bool) {
        (self.title, self.detail, self.isBad) = (title, detail, isBad)
    }

    var markup: HTML {
        "<div class=\"notice \(isBad ? "is-bad" : "")\" role=\"alert\"><b>\(title)</b><p>\(detail)</p></div>"
    }
}
