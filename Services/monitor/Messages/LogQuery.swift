import HTTPServer
import Models
import Storage

/// What a list was asked for, by a page or a program: read once, and written again into links.
struct LogQuery: Sendable {
    /// The words of the status filter besides the states themselves.
    enum Group: String, CaseIterable {
        case notSent = "not_sent"
        case onItsWay = "on_its_way"
        case critical

        var title: String {
            switch self {
            case .notSent: "Not sent"
            case .onItsWay: "On its way"
            case .critical: "Critical"
            }
        }

        var states: Set<MessageState> {
            switch self {
            case .notSent: [.failed, .undelivered, .expired]
            case .onItsWay: Set(MessageState.allCases.filter(\.awaitsUs))
            case .critical: []
            }
        }
    }

    static let sizeStandard = 50
    static let textBytesMax = 600

    var status = ""
    var kind = ""
    var template = ""
    var phone = ""
    /// As the date fields have them.
    var from = ""
    var to = ""
    var minRetries = ""
    var errorCode = ""
    var business = ""
    private(set) var filter = LogFilter()
    private(set) var place = LogPlace.newest
    private(set) var size = sizeStandard

    init(_ request: Request) throws {
        func text(_ name: String) throws -> String {
            let value = request.query(name)?.trimmed ?? ""
            guard value.utf8.count <= Self.textBytesMax else {
                throw Problem.badParameter(name, "It is too long.")
            }
            return value
        }
        status = try text("status")
        kind = try text("kind")
        template = try text("template")
        phone = try text("phone")
        from = try text("from")
        to = try text("to")
        minRetries = try text("minRetries")
        errorCode = try text("error_code")
        business = try text("business")
        try readFilter()
        try readPlace(older: try text("before"), newer: try text("after"))
        let limit = try text("limit")
        if !limit.isEmpty {
            guard let number = Int(limit), (1...LogPageStore.pageMax).contains(number) else {
                throw Problem.badParameter("limit", "It is a number from 1 to \(LogPageStore.pageMax).")
            }
            size = number
        }
    }

    var isFiltered: Bool {
        ![status, kind, template, phone, from, to, minRetries, errorCode, business].allSatisfy(\.isEmpty)
    }

    /// The same list at another place.
    func link(_ path: String, before: MessageID? = nil, after: MessageID? = nil) -> String {
        path
            + QueryText.make([
                ("status", status), ("kind", kind), ("template", template), ("phone", phone), ("from", from),
                ("to", to), ("minRetries", minRetries), ("error_code", errorCode), ("business", business),
                ("before", before?.description),
                ("after", after?.description),
            ])
    }

    private mutating func readFilter() throws {
        if !status.isEmpty {
            if let group = Group(rawValue: status) {
                filter.states = group.states
                filter.isCriticalOnly = group == .critical
            } else if let state = MessageState(name: status) {
                filter.states = [state]
            } else {
                throw Problem.badParameter("status", "There is no such status.")
            }
        }
        if !kind.isEmpty { filter.kind = kind }
        if !template.isEmpty { filter.template = template }
        if !phone.isEmpty {
            let digits = phone.filter { $0.isASCII && $0.isNumber }
            guard (3...20).contains(digits.count) else {
                throw Problem.badParameter("phone", "At least the last three digits of a number are needed.")
            }
            filter.phoneDigits = digits
        }
        if !from.isEmpty { filter.from = try Self.time(from, "from", endOfDay: false) }
        if !to.isEmpty { filter.to = try Self.time(to, "to", endOfDay: true) }
        if !minRetries.isEmpty {
            guard let number = Int(minRetries), (0...100).contains(number) else {
                throw Problem.badParameter("minRetries", "It is a number from 0 to 100.")
            }
            filter.retriesMin = number
        }
        if !errorCode.isEmpty {
            guard let code = Int32(errorCode) else {
                throw Problem.badParameter("error_code", "It is a provider's code, as in 131026.")
            }
            filter.errorCode = Int(code)
        }
        if !business.isEmpty {
            guard let tenantID = TenantID(business) else {
                throw Problem.badParameter("business", "It is not an id.")
            }
            filter.tenantID = tenantID
        }
    }

    private mutating func readPlace(older: String, newer: String) throws {
        if !older.isEmpty {
            guard let id = MessageID(older) else {
                throw Problem.badParameter("before", "It is not a message's id.")
            }
            place = .olderThan(id)
        } else if !newer.isEmpty {
            guard let id = MessageID(newer) else {
                throw Problem.badParameter("after", "It is not a message's id.")
            }
            place = .newerThan(id)
        }
    }

    /// A time of RFC 3339, or a day, which in UTC begins and ends at midnight.
    static func time(_ text: String, _ name: String, endOfDay: Bool) throws -> Timestamp {
        if let time = Timestamp(rfc3339: text) { return time }
        guard text.utf8.count == 10, let midnight = Timestamp(rfc3339: text + "T00:00:00Z") else {
            throw Problem.badParameter(name, "It is a day such as 2026-11-20, or a time of RFC 3339.")
        }
        return endOfDay ? midnight + .seconds(86_400) : midnight
    }
}

extension String {
    var trimmed: String {
        let head = drop(while: \.isWhitespace)
        guard let last = head.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(head[...last])
    }
}
