import JSON

/// `tidings tenant create acme --name "Acme" --owner ada@acme.example`
enum TenantCommand {
    static func run(_ arguments: Arguments, _ session: Session) async throws -> Int32 {
        let what = try arguments.word(0, "list, show, create, suspend or resume")
        switch what {
        case "list":
            try arguments.noMore(after: 1)
            try await list(session)
        case "show":
            let tenant = try await session.callAdmin("GET", path(try arguments.word(1, "ID")))
            if session.speaks { show(tenant) }
        case "create": try await create(arguments, session)
        case "suspend", "resume":
            var body = JSONWriter()
            body.object { $0.field("reason", arguments.value("reason")) }
            let tenant = try await session.callAdmin(
                "POST", path(try arguments.word(1, "ID")) + "/\(what)", what == "suspend" ? body.bytes : [])
            if session.speaks { print("\(tenant.text("slug"))  \(tenant.text("status"))") }
        default: throw Arguments.Wrong(text: "`\(what)` is not one of list, show, create, suspend, resume")
        }
        return 0
    }

    private static func path(_ id: String) -> String { "/v1/admin/tenants/\(id.percentEncoded)" }

    private static func list(_ session: Session) async throws {
        var path = "/v1/admin/tenants?limit=200"
        while true {
            let page = try await session.callAdmin("GET", path)
            let rows = (page["data"]?.elements ?? []).map { tenant in
                [tenant.text("id"), tenant.text("slug"), tenant.text("status"), tenant.text("plan"), tenant.text("name")]
            }
            if session.speaks { Terminal.table(rows) }
            let cursor = page.text("next_cursor")
            if cursor.isEmpty { return }
            path = "/v1/admin/tenants?limit=200&cursor=\(cursor)"
        }
    }

    private static func show(_ tenant: JSONValue) {
        for (key, value) in tenant.members ?? [] where value.kind != .object && value.kind != .array && !value.isNull {
            print("\(key.padded(to: 24)) \(tenant.text(key))")
        }
    }

    private static func create(_ arguments: Arguments, _ session: Session) async throws {
        let slug = try arguments.word(1, "SLUG, such as acme,")
        try arguments.noMore(after: 2)
        guard let name = arguments.value("name"), let owner = arguments.value("owner") else {
            throw Arguments.Wrong(text: "--name and --owner are needed")
        }
        var body = JSONWriter()
        body.object { tenant in
            tenant.field("slug", slug)
            tenant.field("name", name)
            tenant.field("plan", arguments.value("plan"))
            tenant.field("default_region", arguments.value("region"))
            tenant.field("time_zone", arguments.value("time-zone"))
            tenant.field("owner", object: { $0.field("email", owner) })
        }
        let answer = try await session.callAdmin("POST", "/v1/admin/tenants", body.bytes)
        guard session.speaks else { return }
        print("\(answer.text("id"))  \(slug)")
        if let key = answer["api_key"] {
            print("its first key, shown this once: \(key.text("key"))")
        }
        print(
            Terminal.coloured(
                "Next: POST /v1/senders with this key, then `tidings template add` and `submit`.", .grey))
    }
}
