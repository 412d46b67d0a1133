import JSON
import Models
import TestSupport
import Testing

extension Scenarios {
    @Suite struct TwoBusinesses {
        private struct Business {
            let system: TestSystem
            let name: String
            let id: String
            let key: String
            let sender: String
            let template: String

            func call(_ method: String, _ path: String, _ body: String = "") async throws -> TestSystem.Answer {
                try await system.call(method, system.ingestURL + path, body, key: key)
            }
        }

        /// From nothing to the first delivered template, and nobody touched the database.
        @Test func twoBusinessesAreTakenOnAndDeliverByTheApiAloneAndNeitherSeesTheOther() async throws {
            try await onOwnSystem(environment: ["RETRY_TIME_SCALE": "0.1"]) { system in
                let admin = try await system.adminKey()
                let first = try await takeOn("ristorante", number: 1, admin, system)
                let second = try await takeOn("assicurazione", number: 2, admin, system)
                for business in [first, second] { try await deliver(business, system) }
                try await attack(first, by: second)
                try await attack(second, by: first)
                try await leave(second, admin, system)
            }
        }

        private func takeOn(
            _ name: String, number: Int, _ admin: String, _ system: TestSystem
        ) async throws -> Business {
            let made = try await system.call(
                "POST", system.monitorURL + "/v1/admin/tenants",
                #"{"name":"\#(name)","default_region":"IT","owner":{"email":"owner@\#(name).example"}}"#, key: admin)
            #expect(made.status == 201, "\(made.text)")
            let id = try #require(made.json?["id"]?.string)
            let key = try #require(made.json?["api_key"]?["key"]?.string)
            func call(_ method: String, _ path: String, _ body: String = "") async throws -> TestSystem.Answer {
                try await system.call(method, system.ingestURL + path, body, key: key)
            }
            let settings = try await call(
                "PATCH", "/v1/settings", #"{"time_zone":"Europe/Rome","max_retry_attempts":2}"#)
            #expect(settings.status == 200 && settings.json?["max_retries"]?.integer == 2, "\(settings.text)")
            let sender = try await call(
                "POST", "/v1/senders",
                """
                {"name":"Main","provider":"meta","phone_number_id":"10020030040061\(number)",
                 "account_id":"910020030040061\(number)","access_token":"sandbox-token-\(name)"}
                """)
            #expect(sender.status == 201, "\(sender.text)")
            let senderID = try #require(sender.json?["id"]?.string)
            #expect(!sender.text.contains("sandbox-token-\(name)"))
            let verified = try await call("POST", "/v1/senders/\(senderID)/verify")
            #expect(verified.status == 200 && verified.json?["verification"]?["problem"]?.isNull == true, "\(verified.text)")

            let template = try await call("POST", "/v1/templates/examples/event_reminder_24h", #"{"submit":true}"#)
            #expect(template.status == 201 || template.status == 202, "\(template.text)")
            let templateID = try #require(template.json?["id"]?.string)
            try await eventually("the template of \(name) is approved", within: .seconds(120)) {
                try await call("GET", "/v1/templates/\(templateID)").json?["status"]?.string == "approved"
            }
            return Business(
                system: system, name: name, id: id, key: key, sender: senderID, template: templateID)
        }

        private func deliver(_ business: Business, _ system: TestSystem) async throws {
            let template = try #require(try await business.call("GET", "/v1/templates/\(business.template)").json)
            let language = try #require(template["language"]?.string)
            let accepted = try await business.call(
                "POST", "/v1/messages",
                """
                {"to":"\(system.plainRecipient())","type":"template","template":{"name":"event_reminder_24h",
                 "language":"\(language)","variables":{"attendee_name":"\(TestSystem.bodySecret)",
                 "event_name":"Opera","event_time":"20:00"}}}
                """)
            #expect(accepted.status == 202, "\(accepted.text)")
            let id = try #require(accepted.json?["id"]?.string.flatMap { MessageID($0) })
            try await system.waitForStatus("read", of: id, key: business.key)
            let audit = try await business.call("GET", "/v1/audit")
            #expect(audit.status == 200 && audit.text.contains("sender.created"), "\(audit.text)")
        }

        /// Every id of the other one is unknown to the stranger, in the words used for an id that nobody has.
        private func attack(_ victim: Business, by stranger: Business) async throws {
            let messages = try await victim.call("GET", "/v1/messages?limit=1")
            let message = try #require(messages.json?["data"]?.elements?.first?["id"]?.string)
            let routes = [
                ("GET", "/v1/messages/ID", message), ("POST", "/v1/messages/ID/cancel", message),
                ("POST", "/v1/messages/ID/retry", message), ("GET", "/v1/messages/ID/explain", message),
                ("GET", "/v1/messages/ID/costs", message), ("GET", "/v1/senders/ID", victim.sender),
                ("DELETE", "/v1/senders/ID", victim.sender), ("POST", "/v1/senders/ID/verify", victim.sender),
                ("GET", "/v1/templates/ID", victim.template), ("DELETE", "/v1/templates/ID", victim.template),
                ("POST", "/v1/templates/ID/submit", victim.template),
            ]
            for (method, path, id) in routes {
                let hidden = try await stranger.call(method, path.replacing("ID", with: id))
                let unknown = try await stranger.call(
                    method, path.replacing("ID", with: "0199aaaa-0000-7000-8000-000000000001"))
                #expect(hidden.status == 404, "\(method) \(path): \(hidden.text)")
                #expect(hidden.json?["code"]?.string == unknown.json?["code"]?.string, "\(path)")
                #expect(hidden.json?["detail"]?.string == unknown.json?["detail"]?.string, "\(path)")
            }
            let sent = try await stranger.call(
                "POST", "/v1/messages",
                #"{"to":"+393471234567","type":"text","text":{"body":"x"},"sender_id":"\#(victim.sender)"}"#)
            #expect(sent.status == 422 && sent.text.contains("sender_not_found"), "\(sent.text)")
            for path in ["/v1/messages", "/v1/templates", "/v1/senders", "/v1/audit", "/v1/keys", "/v1/users"] {
                let list = try await stranger.call("GET", path)
                #expect(list.status == 200, "\(path): \(list.text)")
                for id in [victim.id, victim.sender, victim.template, message] {
                    #expect(!list.text.contains(id), "\(path) shows what is not theirs")
                }
            }
            // A business's key is no founder's.
            let escalated = try await stranger.system.call(
                "GET", stranger.system.monitorURL + "/v1/admin/tenants", key: stranger.key)
            #expect(escalated.status == 401)
        }

        /// Suspended nobody gets in; deleted for good the key is unknown.
        private func leave(_ business: Business, _ admin: String, _ system: TestSystem) async throws {
            let tenant = system.monitorURL + "/v1/admin/tenants/\(business.id)"
            #expect(try await system.call("POST", tenant + "/suspend", #"{"reason":"not paid"}"#, key: admin).status == 200)
            try await eventually("its key is refused") {
                try await business.call("GET", "/v1/messages").json?["code"]?.string == "tenant_suspended"
            }
            #expect(try await system.call("POST", tenant + "/resume", key: admin).status == 200)
            try await eventually("its key works again") {
                try await business.call("GET", "/v1/messages").status == 200
            }
            let gone = try await system.call("DELETE", tenant + "?confirm=\(business.name)", key: admin)
            #expect(gone.status == 202, "\(gone.text)")
            try await eventually("its key is unknown") {
                try await business.call("GET", "/v1/messages").status == 401
            }
        }
    }
}
