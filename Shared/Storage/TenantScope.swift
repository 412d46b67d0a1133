package import Models
package import Postgres

extension SQL {
    /// The first statement of every transaction of the service role: whose rows it may see and write.
    ///
    /// Several tenants for a batch; row-level security then lets through these and no others.
    package static func actFor(_ tenants: some Sequence<TenantID>) -> SQL {
        var list = "{"
        for tenant in Set(tenants).sorted() {
            if list.utf8.count > 1 { list += "," }
            list += tenant.description
        }
        list += "}"
        return "SELECT set_config('app.tenant_ids', \(list), true)"
    }

    package static func actFor(_ tenant: TenantID) -> SQL { actFor(CollectionOfOne(tenant)) }
}

extension DatabaseSettings {
    /// For sessions that write in batches: a fresh day's partition has no statistics yet, and the planner would
    /// answer that with a sequential scan that a prepared statement then keeps.
    package var pinnedToIndexPlans: DatabaseSettings {
        var settings = self
        settings.sessionSetup += [
            "SET enable_seqscan = off", "SET enable_hashjoin = off", "SET enable_mergejoin = off",
            "SET enable_bitmapscan = off", "SET enable_material = off",
            "SET plan_cache_mode = force_generic_plan",
        ]
        return settings
    }

    /// For the sweep: one connection works, the other finds out that it does.
    package var forSweep: DatabaseSettings {
        var settings = pinnedToIndexPlans
        settings.poolSize = 2
        settings.statementTimeout = .seconds(60)
        return settings
    }

    /// For rare work that may take long.
    package var forUpkeep: DatabaseSettings {
        var settings = self
        settings.poolSize = 1
        settings.statementTimeout = .seconds(120)
        return settings
    }
}
