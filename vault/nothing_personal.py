"""The columns that could hold a text and hold nothing personal, by table: the other half of the data map."""

from collections.abc import Mapping

_LEASED = "correlation problem"
NOTHING_PERSONAL: Mapping[str, str] = {
    "accounts.AuditEntry": "seal digest action object_type object_id correlation",
    "accounts.Invitation": "token_digest installation_role",
    "accounts.UserMinute": "kind",
    "campaigns.Campaign": "thanx_id name objective fine_print salt error_code error_text correlation",
    "campaigns.Credential": f"host scopes {_LEASED}",
    "campaigns.Location": "thanx_id name street city state zip phone",
    "campaigns.Merchant": f"picture_origins thanx_id name handle time_zone country capillary_org {_LEASED}",
    "campaigns.RewardTemplate": (
        "thanx_id name type subtype description fine_print discount_type redemption_venue image_url"
    ),
    "campaigns.Variant": "name promised thanx_id",
    "certification.DayOfCalls": "host method path_template",
    "certification.Diagnosis": "host facts",
    "certification.GuidedDemo": "host",
    "certification.LedgerKeeping": "correlation",
    "engine.WorkerBeat": "worker seals_with",
    "guests.CachedGuest": "correlation",
    "guests.Feedback": "thanx_id location_id stage",
    "guests.FeedbackSync": _LEASED,
    "guests.GuestErasure": "rows kept correlation",
    "guests.Keeping": "correlation",
    "guests.Recovery": "reason",
    "guests.RecoveryBatch": _LEASED,
    "guests.RecoveryRule": _LEASED,
    "guests.Remark": "reason",
    "guests.Subscriber": "code",
    "guests.SubscriberFile": "digest encoding delimiter mapping",
    "guests.Subscription": f"unreadable left_out notes {_LEASED}",
    "guests.Tagging": f"key tagged {_LEASED}",
    "issuance.ApprovalRequest": "fingerprint file_digest",
    "issuance.Batch": "body_digest job_id job_state seen_by error_code error_text correlation",
    "issuance.BatchEvent": "facts correlation",
    "issuance.Delivery": "digest event job_id correlation",
    "issuance.DoubtfulLine": "reason",
    "issuance.Failure": "reason reason_code",
    "issuance.Issuance": f"included_anyway left_out design {_LEASED}",
    "issuance.IssuedReward": "reward_id",
    "issuance.MemberIndex": _LEASED,
    "issuance.RejectedLine": "reason",
    "issuance.RememberedColumns": "key prefers",
    "issuance.Upload": "stored_as encoding delimiter mapping digest prefers rules findings",
    "notifications.ForgottenPassword": "correlation",
    "notifications.Notification": _LEASED,
    "partner_api.Belonging": "environment",
    "partner_api.Exchange": (
        "host method path_template target query_names header_names body_digest about error_class error_code correlation"
    ),
    "partner_api.Grant": "target merchant",
    "partner_api.Limiter": "name heard",
    "results.CampaignResult": "document correlation",
    "results.ExperimentPlan": "metric fixed digest",
    "results.OutcomeFile": "stored_as digest encoding delimiter mapping",
    "results.UsedReward": "reward_uid program_uid state",
    "vault.ChainHead": "name digest seal",
    "vault.ChainKey": "name sealed",
    "vault.SealedKey": "purpose sealed",
}
"""Ids, codes, counts, digests, and what describes a merchant."""
