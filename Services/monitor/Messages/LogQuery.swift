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
    /// For whoever counts pages: what is skipped must be read all the same.
    static let pageNumberMax = 100
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
    var sender = ""
    var sort = ""
    private(set) var filter = LogFilter()
    private(set) var place = LogPlace.newest
    private(set) var order = LogOrder.newestFirst
    private(set) var size = sizeStandard
    /// From 1; nil: the list is walked by cursors.
    private(set) var pageNumber: Int?

    init(_ request: Request) throws {
        try self.init { request.query($0) }
    }

    /// - Parameter given: what was given under a name, by an address, a form or a program.
    init(reading given: (String) -> String?) throws {
        func text(_ name: String) throws -> String {
            let value = given(name)?.trimmed ?? ""
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
        if business.isEmpty { business = try text("businessId") }
        sender = try text("sender")
        sort = try text("sort")
        try readFilter()
        try readOrder()
        try readPlace(older: try text("before"), newer: try text("after"))
        if let number = try Self.number(try text("limit"), "limit", in: 1...LogPageStore.pageMax) { size = number }
        pageNumber = try Self.number(try text("page"), "page", in: 1...Self.pageNumberMax)
        switch place {
        case .newest, .oldest: break
        case .olderThan, .newerThan:
            if pageNumber != nil { throw Problem.badParameter("page", "It cannot stand beside `before` or `after`.") }
        }
    }

    /// Rows before the page that was asked for by its number.
    var skipped: Int { ((pageNumber ?? 1) - 1) * size }

    var isFiltered: Bool { !filterFields.allSatisfy(\.value.isEmpty) }

    /// The filter as an address has it, without where in the list and in which order.
    var filterFields: [(name: String, value: String)] {
        [
            ("status", status), ("kind", kind), ("template", template), ("phone", phone), ("sender", sender),
            ("from", from), ("to", to), ("minRetries", minRetries), ("error_code", errorCode), ("business", business),
        ]
    }

    /// "status=failed&from=2026-11-01": what an export keeps.
    var filterText: String { String(QueryText.make(filterFields.map { ($0.name, $0.value) }).dropFirst()) }

    /// The same list at another place.
    func link(_ path: String, before: MessageID? = nil, after: MessageID? = nil) -> String {
        path
            + QueryText.make(
                filterFields.map { ($0.name, $0.value) } + [
                    ("sort", sort), ("before", before?.description), ("after", after?.description),
                    ("limit", size == Self.sizeStandard ? nil : "\(size)"),
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
        filter.retriesMin = try Self.number(minRetries, "minRetries", in: 0...100)
        if !sender.isEmpty {
            guard let senderID = SenderID(sender) else { throw Problem.badParameter("sender", "It is not an id.") }
            filter.senderID = senderID
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

    /// Nil for an empty text.
    private static func number(_ text: String, _ name: String, in range: ClosedRange<Int>) throws -> Int? {
        if text.isEmpty { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Problem.badParameter(name, "It is a number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    /// Only the time of acceptance is an order that a list of any length has ready.
    private mutating func readOrder() throws {
        guard !sort.isEmpty else { return }
        guard let order = LogOrder(rawValue: sort) else {
            throw Problem.badParameter("sort", "It is newest or oldest: lists are in the order of acceptance.")
        }
        self.order = order
        place = order == .oldestFirst ? .oldest : .newest
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
