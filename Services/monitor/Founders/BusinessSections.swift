import HTTPServer
import JSON
import Models

/// The pages of the administration, from what its routes answered.
enum BusinessSections {
    static func list(
        _ tenants: [JSONValue], plans: [JSONValue], next: String?, search: String, status: String, _ notice: HTML?,
        _ filled: [String: String], _ visitor: Visitor
    ) -> HTML {
        let states = [("", "Active and suspended"), ("active", "Active"), ("suspended", "Suspended"), ("deleted", "Deleted")]
            .map { Piece.option($0.0, $0.1, chosen: status) }
        let more: HTML? = next.map { "<nav class=\"pages\" aria-label=\"Pages\"><a class=\"btn btn-plain\" href=\"\($0)\">Older →</a></nav>" }
        return """
            <div class="head"><h1>Administration</h1><div class="end actions">\(Link("Plans", PlanPages.path).button)\
            \(Link("Price lists", RateCardPages.path).button)\(Link("Admin keys", AdminKeyPages.path).button)</div></div>
            \(notice)
            <form class="panel" method="get" action="\(AdministrationPages.path)" role="search"><div class="inside filters">
            \(Piece.textField("q", "Name", search, type: "search"))
            <div><label class="form-label" for="status">Status</label>
            <select class="form-select" id="status" name="status" data-submits>\(states)</select></div>
            <div class="buttons"><button class="btn btn-main">Find</button></div></div></form>
            \(table("Businesses", empty: "No business is found.", tenants))
            \(more)
            \(form(plans, filled, visitor))
            """
    }

    static func table(_ title: String, empty: String, _ tenants: [JSONValue]) -> HTML {
        Panel.table(
            title, empty: empty, columns: ["Business", "Status", "Plan", "Quota a day", "Since"], tenants.map(row))
    }

    private static func row(_ tenant: JSONValue) -> HTML {
        let id = tenant["id"]?.string ?? ""
        return """
            <tr><td class="whole"><a class="row-link" href="\(AdministrationPages.path)/\(id)">\(tenant["name"]?.string ?? "")</a>
            <div class="quiet small break">\(tenant["slug"]?.string ?? "")</div></td>
            <td data-label="Status">\(badge(tenant))</td>
            <td data-label="Plan">\(tenant["plan"]?.string ?? "")</td>
            <td class="number" data-label="Quota a day">\(tenant["daily_quota"]?.integer.map { Piece.number($0) } ?? "none")</td>
            <td class="small" data-label="Since">\(time(tenant["created_at"]))</td></tr>
            """
    }

    static func badge(_ tenant: JSONValue) -> HTML {
        let status = tenant["status"]?.string ?? ""
        return "<span class=\"badge-state is-state-\(status == "active" ? "green" : "amber")\">\(status)</span>"
    }

    static func time(_ value: JSONValue?) -> HTML {
        value?.string.flatMap { Timestamp(rfc3339: $0) }.map(Piece.time) ?? "<span class=\"quiet\">never</span>"
    }

    private static func form(_ plans: [JSONValue], _ filled: [String: String], _ visitor: Visitor) -> HTML {
        """
        <section class="panel"><h2>Take a business on</h2><div class="inside">
        <form method="post" action="\(AdministrationPages.path)">\(FormToken.input(visitor))<div class="filters">
        \(Piece.textField("name", "Name", filled["name"] ?? ""))
        \(Piece.textField("owner", "E-mail of its owner", filled["owner"] ?? "", type: "email"))
        \(choice(of: plans, chosen: filled["plan"] ?? "unlimited"))
        \(Piece.textField("time_zone", "Time zone", filled["time_zone"] ?? "", hint: "Europe/Rome"))
        \(Piece.textField("default_region", "Country of its numbers", filled["default_region"] ?? "", hint: "IT"))
        \(Piece.textField("currency", "Currency", filled["currency"] ?? "", hint: "EUR"))
        <div class="buttons"><button class="btn btn-main">Take it on</button></div>
        </div></form></div></section>
        """
    }

    static func choice(of plans: [JSONValue], chosen: String) -> HTML {
        let options = plans.compactMap { $0["name"]?.string }.map { Piece.option($0, $0, chosen: chosen) }
        return """
            <div><label class="form-label" for="plan">Plan</label>
            <select class="form-select" id="plan" name="plan">\(options)</select></div>
            """
    }

    // MARK: Notices

    static func made(_ answer: JSONValue?) -> HTML {
        let id = answer?["id"]?.string ?? ""
        return """
            <div class="notice" role="status"><p><a href="\(AdministrationPages.path)/\(id)">\(answer?["name"]?.string ?? "")</a> is \
            taken on.</p>\(secret(answer?["api_key"]))</div>
            """
    }

    static func madeKey(_ answer: JSONValue?) -> HTML { "<div class=\"notice\" role=\"status\">\(secret(answer))</div>" }

    private static func secret(_ key: JSONValue?) -> HTML {
        """
        <p>This is the key “\(key?["name"]?.string ?? "")”. It is shown this once: keep it where secrets are kept.</p>\
        <code class="break">\(key?["key"]?.string ?? "")</code>
        """
    }

    static func refused(_ problem: Problem) -> HTML {
        let lines = problem.errors.isEmpty ? [problem.detail] : problem.errors.map(\.detail)
        let items: [HTML] = lines.map { "<p>\($0)</p>" }
        return "<div class=\"notice is-bad\" role=\"alert\"><b>Nothing was changed.</b>\(items)</div>"
    }
}
