import APIKit
import JSON
import Models
import Postgres
import Storage

extension TenantSettings {
    /// With the documents' own names beside ours: `max_retry_attempts`, `retry_delay_minutes`.
    func writeFields(into writer: inout JSONWriter) {
        writer.field("id", tenantID.description)
        writer.field("slug", slug)
        writer.field("name", name)
        writer.field("status", status)
        writer.field("plan", plan)
        writer.field("default_country", orNull: defaultRegion)
        writer.field("time_zone", timeZone)
        writer.field("currency", currency)
        writeRetries(into: &writer)
        writer.field("message_delay_seconds", messageDelaySeconds)
        writer.field("daily_quota", orNull: dailyQuota)
        writer.key("quiet_hours")
        if let quietHours {
            writer.object { writer in
                writer.field("from", QuietHoursField.text(quietHours.from))
                writer.field("to", QuietHoursField.text(quietHours.to))
            }
        } else {
            writer.null()
        }
        writePolicies(into: &writer)
        writer.field("retention_days", orNull: retentionDays)
        writer.field("redact_after_days", orNull: redactAfterDays)
        writer.field("archive_before_removal", isArchived)
        writer.field("keep_raw_receipts", keepsRawReceipts)
        writer.key("message_kinds")
        if let messageKinds {
            writer.array { list in for kind in messageKinds { list.string(kind) } }
        } else {
            writer.null()
        }
        writer.field("opt_in_required", optInRequired)
        writer.key("fallback_template")
        if let fallbackTemplate { writer.raw(fallbackTemplate.bytes) } else { writer.null() }
        writer.field("allowed_origins", allowedOrigins)
        writer.field("created_at", createdAt.rfc3339)
        writer.field("updated_at", updatedAt.rfc3339)
    }

    private func writeRetries(into writer: inout JSONWriter) {
        writer.field("auto_retry_enabled", isRetryAutomatic)
        writer.field("retry_preset", retryPreset.rawValue)
        writer.field("max_retries", maxRetries)
        writer.field("max_retry_attempts", maxRetries)
        writer.key("retry_delays_seconds")
        if let retryDelaysSeconds {
            writer.array { list in for delay in retryDelaysSeconds { list.integer(delay) } }
        } else {
            writer.null()
        }
        let minutes: Int? =
            if retryPreset == .own, let delay = retryDelaysSeconds?.first, retryDelaysSeconds?.count == 1, delay % 60 == 0 {
                Int(delay) / 60
            } else {
                nil
            }
        writer.field("retry_delay_minutes", orNull: minutes)
    }

    /// As they work, the usual values where the tenant has set none.
    private func writePolicies(into writer: inout JSONWriter) {
        let unanswered = UnansweredPolicy(tenantJSON: unansweredPolicy)
        let expiry = ExpiryPolicy(tenantJSON: expirySeconds)
        writer.field(
            "unanswered_policy",
            object: { writer in
                for category in TemplateCategory.allCases {
                    let rule = unanswered.rule(for: category)
                    writer.key(category.rawValue)
                    writer.object { writer in
                        writer.field("wait_seconds", rule.wait.components.seconds)
                        writer.field("preference", rule.preference.rawValue)
                    }
                }
            })
        writer.field(
            "expiry_seconds",
            object: { writer in
                for category in TemplateCategory.allCases {
                    writer.key(category.rawValue)
                    writer.integer(expiry.span(for: category).components.seconds)
                }
            })
        let thresholds = TenantThresholds(tenantJSON: thresholds)
        writer.field(
            "thresholds",
            object: { writer in
                writer.field("delivery_rate", thresholds.deliveryRate)
                writer.field("failure_rate", thresholds.failureRate)
                writer.field("quality_score", thresholds.qualityScore)
            })
    }
}
