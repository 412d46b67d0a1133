import HTTPServer
import Models
import Runtime
import Storage

/// The senders of all businesses, those in trouble first.
struct AllSendersPage: Sendable {
    static let path = "/admin/senders"
    private static let qualities = ["RED", "YELLOW", "GREEN"]
    /// A token that ends sooner wants somebody.
    private static let tokenDaysMin = Duration.seconds(7 * 86_400)

    private let store: PlatformSenderStore
    private let logs: LogPageStore
    private let people: People
    private let looks: Looks

    init(_ site: SiteParts) {
        store = PlatformSenderStore(site.platformDatabase)
        logs = LogPageStore(site.platformDatabase)
        people = site.people
        looks = site.looks
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, Self.path, Page.handler(page))
    }

    private func page(_ request: Request) async throws -> Response {
        let visitor = try await people.founder(of: request, looking: "senders.viewed", looks)
        let tenantID = try request.chosenBusiness()
        let quality = request.query("quality").flatMap { Self.qualities.contains($0) ? $0 : nil }
        let senders = try await store.senders(of: tenantID, quality: quality)
        let businesses = try await logs.businesses()
        let marks = [("", "Any")] + Self.qualities.map { ($0, Self.words(forQuality: $0)) }
        let now = SystemClock.now()
        func count(_ quality: String) -> Int { senders.count { $0.sender.qualityRating == quality } }
        let refused = senders.count { $0.sender.problem != nil || $0.sender.status != .active }
        return Page.response(
            "Senders", visitor: visitor, section: .senders,
            """
            <div class="head"><h1>Senders</h1></div>
            <section class="tiles" aria-label="Senders by quality">
            \(Piece.tile("senders", Piece.number(senders.count)))
            \(Piece.tile("low quality", Piece.number(count("RED")), count("RED") > 0 ? "is-bad" : ""))
            \(Piece.tile("medium quality", Piece.number(count("YELLOW"))))
            \(Piece.tile("high quality", Piece.number(count("GREEN"))))
            \(Piece.tile("cannot send", Piece.number(refused), refused > 0 ? "is-bad" : ""))
            </section>
            <form class="panel" method="get" action="\(Self.path)" role="search"><div class="inside filters">
            \(Piece.businessField(businesses, chosen: tenantID?.description ?? ""))
            <div><label class="form-label" for="quality">Quality</label>
            <select class="form-select" id="quality" name="quality" data-submits>\
            \(marks.map { Piece.option($0.0, $0.1, chosen: quality ?? "") })</select></div>
            <div class="buttons"><button class="btn btn-main">Filter</button></div></div></form>
            \(Panel.table(
                "All senders", empty: "No sender is found.",
                columns: ["Sender", "Quality", "Status", "Recipients, 24 h", "Pace", "Last receipt", "Token"],
                senders.map { Self.row($0, now) }))
            """)
    }

    private static func row(_ listed: PlatformSenderStore.Listed, _ now: Timestamp) -> HTML {
        let sender = listed.sender
        let isBad = sender.problem != nil || sender.qualityRating == "RED"
        let trouble: HTML? = sender.problem.map { "<div class=\"small\">\($0.rawValue.replacing("_", with: " "))</div>" }
        let throughput: HTML? = sender.throughput.map { "<div class=\"quiet small\">\($0.lowercased())</div>" }
        return """
            <tr class="\(isBad ? "is-critical" : "")">
            <td class="whole"><b>\(sender.name)</b> <span class="number">\(sender.displayPhoneNumber)</span>
            <div class="quiet small">\(listed.business) · \(sender.provider.rawValue)</div></td>
            <td data-label="Quality">\(quality(sender.qualityRating))</td>
            <td data-label="Status">\(sender.status.rawValue)\(trouble)\
            <div class="quiet small">\(sender.providerStatus?.lowercased() ?? "")</div></td>
            <td data-label="Recipients, 24 h">\(use(listed))</td>
            <td class="number" data-label="Pace">\(pace(listed))\(throughput)</td>
            <td class="small" data-label="Last receipt">\(listed.lastReceiptAt.map(Piece.time) ?? "<span class=\"quiet\">none today</span>")</td>
            <td class="small" data-label="Token">\(token(sender, now))</td></tr>
            """
    }

    private static func quality(_ rating: String?) -> HTML {
        let colour =
            switch rating {
            case "GREEN": "green"
            case "YELLOW": "amber"
            case "RED": "red"
            default: "grey"
            }
        return "<span class=\"badge-state is-state-\(colour)\">\(words(forQuality: rating ?? ""))</span>"
    }

    private static func words(forQuality rating: String) -> String {
        switch rating {
        case "GREEN": "High"
        case "YELLOW": "Medium"
        case "RED": "Low"
        default: "Not known"
        }
    }

    private static func use(_ listed: PlatformSenderStore.Listed) -> HTML {
        let used = Piece.number(listed.recipientsUsed)
        switch listed.sender.tier {
        case nil: return "<span class=\"number\">\(used)</span> <span class=\"quiet small\">not limited by us</span>"
        case .unlimited: return "<span class=\"number\">\(used)</span> <span class=\"quiet small\">of any number</span>"
        case .recipients(let max):
            let share = max > 0 ? Double(listed.recipientsUsed) / Double(max) : 1
            let shown: String = min(share, 1).description
            return """
                <span class="number">\(used) of \(Piece.number(max))</span>
                <meter class="use" min="0" max="1" high="0.9" value="\(shown)">\(Piece.percent(share))</meter>
                """
        }
    }

    private static func pace(_ listed: PlatformSenderStore.Listed) -> String {
        guard let rate = listed.rate else { return "up to \(listed.sender.messagesPerSecond)/s" }
        return "\(Int(rate.rounded()))/s"
    }

    private static func token(_ sender: SenderRecord, _ now: Timestamp) -> HTML {
        guard let end = sender.tokenExpiresAt else {
            return sender.tokenCheckedAt == nil ? "<span class=\"quiet\">not checked</span>" : "does not end"
        }
        let isSoon = end - now < tokenDaysMin
        return "<span class=\"\(isSoon ? "badge-state is-state-red" : "")\">\(end <= now ? "ended" : "ends") \(Piece.time(end))</span>"
    }
}
