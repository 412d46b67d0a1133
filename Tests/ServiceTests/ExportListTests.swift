import CSV
import HTTPClient
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import monitor

/// Files of people, and of the messages of all businesses.
@Suite struct ExportListTests {
    private func post(_ site: Site, _ path: String, _ fields: String, _ cookie: String) async throws -> Site.Answer {
        try await site.post(path, "form_token=\(try await site.formToken(cookie))&\(fields)", cookie: cookie)
    }

    private func addContacts(_ site: Site) async throws {
        _ = try await site.tenants.platform.execute(
            """
            WITH added AS (
                INSERT INTO contacts (tenant_id, id, phone, name, origin, tags)
                SELECT w.tenant_id, new_uuid(), w.phone, w.name, 'api', w.tags
                FROM (VALUES (\(site.tenants.first.id), '+393401234567', '=HYPERLINK("http://x")', '{vip}'::text[]),
                             (\(site.tenants.first.id), '+393401234568', 'Ada', '{}'::text[]),
                             (\(site.tenants.second.id), '+393409999999', 'not mine', '{vip}'::text[]))
                     AS w (tenant_id, phone, name, tags)
                RETURNING tenant_id, id, name)
            INSERT INTO consents (tenant_id, contact_id, category, status, source, at)
            SELECT tenant_id, id, 'MARKETING', 'opted_out', 'api', now() FROM added WHERE name = 'Ada'
            """)
        _ = try await site.tenants.platform.execute(
            """
            INSERT INTO suppressions (tenant_id, id, recipient, category, reason, source, note)
            VALUES (\(site.tenants.first.id), new_uuid(), '+393401234568', 'MARKETING', 'complaint', 'api', '@SUM(A1)'),
                   (\(site.tenants.first.id), new_uuid(), '+393401234569', 'ALL', 'manual', 'api', NULL),
                   (\(site.tenants.second.id), new_uuid(), '+393409999999', 'ALL', 'manual', 'api', NULL)
            """)
    }

    // MARK: People

    @Test func contactsBecomeAFileWithWhatTheySaidAndNoFormula() async throws {
        let site = try await Site.start(isWithAPI: true)
        try await addContacts(site)
        let cookie = try await site.signIn(site.tenants.first)
        let page = try await site.get("/dashboard/contacts?tag=vip", cookie)
        #expect(page.text.contains("/dashboard/exports/contacts.csv?tag=vip"), "the file has the filter of the page")
        let all = try CSVText.rows(try await site.file("/dashboard/exports/contacts.csv", cookie: cookie).body)
        #expect(Set(try CSVText.column("Name", all)) == ["'=HYPERLINK(\"http://x\")", "Ada"])
        #expect(Set(try CSVText.column("Phone", all)) == ["'+393401234567", "'+393401234568"])
        #expect(Set(try CSVText.column("Marketing", all)) == ["", "opted_out"])
        let some = try CSVText.rows(try await site.file("/dashboard/exports/contacts.csv?consent=marketing:opted_out", cookie: cookie).body)
        #expect(try CSVText.column("Name", some) == ["Ada"])
        #expect(try await site.get("/dashboard/exports/contacts.csv?consent=maybe", cookie).status == 422)
        #expect(try await site.audited("export.downloaded") == [#"{"list": "contacts"}"#, #"{"list": "contacts"}"#])
        await site.stop()
    }

    @Test func suppressionsBecomeAFile() async throws {
        let site = try await Site.start(isWithAPI: true)
        try await addContacts(site)
        let cookie = try await site.signIn(site.tenants.first)
        #expect(try await site.get("/dashboard/contacts/suppressions", cookie).text.contains("/dashboard/exports/suppressions.csv"))
        let all = try CSVText.rows(try await site.file("/dashboard/exports/suppressions.csv", cookie: cookie).body)
        #expect(Set(try CSVText.column("Number or user id", all)) == ["'+393401234568", "'+393401234569"])
        #expect(Set(try CSVText.column("Note", all)) == ["'@SUM(A1)", ""])
        // As people write numbers in the business's own country.
        _ = try await site.tenants.platform.execute("UPDATE tenants SET default_region = 'IT'")
        let one = try CSVText.rows(try await site.file("/dashboard/exports/suppressions.csv?recipient=3401234568", cookie: cookie).body)
        #expect(try CSVText.column("Reason", one) == ["complaint"])
        await site.stop()
    }

    @Test func filesOfPeopleAreMadeInTheBackgroundToo() async throws {
        let site = try await Site.start()
        try await addContacts(site)
        let key = site.tenants.first.key.secret.reveal()
        for (list, format, rows) in [("contacts", "xlsx", 2), ("suppressions", "csv", 2)] {
            let ordered = try await site.call(
                .post, "/v1/exports", #"{"list":"\#(list)","format":"\#(format)"}"#, key: key)
            #expect(ordered.status == 202, "\(ordered.text)")
            let id = try #require(ordered.json()["id"]?.string)
            #expect(try await site.exportWork.run())
            let export = try await site.get("/v1/exports/\(id)", nil, key: site.tenants.first.key).json()
            #expect(export["state"]?.string == "ready")
            #expect(export["list"]?.string == list)
            #expect(export["rows"]?.integer == Int64(rows))
            let file = try await site.file("/v1/exports/\(id)/file")
            #expect(file.header("Content-Disposition")?.contains("\(list)-") == true)
        }
        #expect(try await site.audited("export.ordered").count == 2)
        #expect(try await site.audited("export.downloaded").count == 2, "who takes a file is on record too")
        await site.stop()
    }

    @Test func whoMayNotSeePeopleGetsNoFileOfThem() async throws {
        let site = try await Site.start()
        try await addContacts(site)
        let key = site.tenants.first.key.secret.reveal()
        let made = try await site.call(.post, "/v1/exports", #"{"list":"contacts","format":"csv"}"#, key: key)
        let id = try #require(made.json()["id"]?.string)
        #expect(try await site.exportWork.run())
        _ = try await site.tenants.platform.execute("UPDATE api_keys SET scopes = '{messages:read}'")
        let cookie = try await site.signIn(site.tenants.first)
        for path in ["/v1/exports/\(id)", "/v1/exports/\(id)/file"] {
            #expect(try await site.get(path, nil, key: site.tenants.first.key).status == 403, "\(path)")
        }
        #expect(try await site.get("/v1/exports", nil, key: site.tenants.first.key).rows().isEmpty)
        #expect(try await site.call(.post, "/v1/exports", #"{"list":"contacts","format":"csv"}"#, key: key).status == 403)
        #expect(try await site.call(.post, "/v1/exports", #"{"format":"csv"}"#, key: key).status == 202)
        for path in ["/dashboard/exports/contacts.csv", "/dashboard/exports/suppressions.csv", "/dashboard/exports/\(id)/file"] {
            #expect(try await site.get(path, cookie).status == 403, "\(path)")
        }
        for body in [#"{"list":"secrets","format":"csv"}"#, #"{"list":"contacts","format":"csv","filter":{"status":"x"}}"#] {
            #expect(try await site.call(.post, "/v1/exports", body, key: key).status == 422, "\(body)")
        }
        await site.stop()
    }

    // MARK: All businesses

    @Test func theFoundersListBecomesAFileWithMaskedNumbersAndNoWords() async throws {
        let site = try await Site.start()
        for tenant in [site.tenants.first, site.tenants.second] {
            _ = try await site.accept(tenant.message(reference: "secret-order"))
        }
        _ = try await site.failed()
        let cookie = try await site.signInFounder()
        let page = try await site.get("/admin/whatsapp-monitor?status=queued", cookie)
        #expect(page.text.contains("/admin/exports/messages.csv?status=queued"))
        let file = try await site.file("/admin/exports/messages.csv?status=queued", cookie: cookie)
        let rows = try CSVText.rows(file.body)
        #expect(try CSVText.column("Business", rows) == ["first", "second"])
        #expect(rows.first?.contains("Text") == false && rows.first?.contains("Reference") == false)
        let text = String(decoding: file.body, as: UTF8.self)
        #expect(!text.contains("393401234567") && !text.contains("secret-order"))
        let one = try CSVText.rows(
            try await site.file("/admin/exports/messages.csv?status=queued&business=\(site.tenants.second.id)", cookie: cookie).body)
        #expect(try CSVText.column("Business", one) == ["second"])
        // Without a filter it is, as on the page, what is critical.
        #expect(try CSVText.rows(try await site.file("/admin/exports/messages.csv", cookie: cookie).body).count == 1)
        #expect(try await site.audited("export.downloaded").count == 3)
        await site.stop()
    }

    @Test func theFoundersFileIsMadeInTheBackgroundAndIsNoBusinesss() async throws {
        let site = try await Site.start()
        for tenant in [site.tenants.first, site.tenants.second] { _ = try await site.accept(tenant.message()) }
        let cookie = try await site.signInFounder()
        let ordered = try await post(site, "/admin/exports", "list=messages&format=xlsx&status=queued", cookie)
        #expect(ordered.response.header("Location") == "/admin/exports", "\(ordered.text)")
        #expect(try await site.get("/admin/exports", cookie).text.contains("Waiting"))
        #expect(try await site.exportWork.run())
        let page = try await site.get("/admin/exports", cookie)
        let path = try #require(page.text.firstMatch(of: #/\/admin\/exports\/[0-9a-f-]+\/file/#), "\(page.text)").output
        let file = try await site.file(String(path), cookie: cookie)
        #expect(Array(file.body.prefix(4)) == [0x50, 0x4B, 0x03, 0x04])
        let rows = try await site.tenants.platform.rows("SELECT rows FROM exports WHERE tenant_id IS NULL")
        #expect(try rows.first?.value(0, as: Int64.self) == 2)
        // A business sees neither the page nor the file, whatever address it tries.
        let tenant = try await site.signIn(site.tenants.first)
        #expect(try await site.get(String(path), tenant).status == 404)
        #expect(try await site.get("/admin/exports", tenant).status == 404)
        #expect(try await site.get(String(path).replacing("/admin/", with: "/dashboard/"), tenant).status == 404)
        #expect(try await !site.get("/dashboard/exports", tenant).text.contains("/file"))
        #expect(try await post(site, "/admin/exports", "list=contacts&format=csv", cookie).status == 400)
        await site.stop()
    }
}
