"""Issued rewards of one customer at Capillary, in the three known forms: miles, a voucher and a physical reward."""

import json
from collections.abc import Mapping
from typing import Any

CUSTOMER = "383428154"
ORG = 100458

GOOD = {"success": True, "code": 200, "message": "Success"}

MILES: Mapping[str, Any] = {
    "rewardTransactionId": 84630,
    "customerId": int(CUSTOMER),
    "orgId": ORG,
    "rewardIssueRefId": "a2f7c9d0-1b7e-4d0e-9a51-6f2f0f9a2b11",
    "rewardTransactionDate": 1778517000000,
    "status": GOOD,
    "quantity": 1,
    "requestedQuantity": 1,
    "groupRedemption": False,
    "rewardDetails": {
        "rewardId": 9021,
        "languageCode": "en",
        "name": "2,500 miles with Alpenglow Air",
        "description": "Credited within two days to the frequent flyer number that you gave.",
        "rewardRank": 3,
        "groups": ["Travel", "Gold members"],
        "imageId": "miles",
        "imageUrl": None,
        "intouchPoints": 5000,
        "intouchSeriesId": None,
        "redemptionType": "MILES",
        "vendorName": "Alpenglow Air",
        "vendorId": 41,
        "vendorRedemptionId": 77,
        "vendorRedemptionName": "Miles credit",
        "images": [
            # An expired signed link, and one without a scheme: real answers have both.
            {
                "name": "Wing over clouds",
                "altText": "A wing over clouds",
                "id": "img-1",
                "url": "https://pictures.example/wing.jpg?X-Amz-Date=20250101T000000Z&X-Amz-Expires=900&X-Amz-Signature=9f",
                "isExternal": False,
            },
            {"name": "Old logo", "altText": "", "id": "img-2", "url": "mypic.com", "isExternal": True},
        ],
        "videos": [
            {
                "name": "How miles work",
                "altText": "",
                "id": "v-1",
                "url": "https://video.example/miles",
                "isExternal": True,
            }
        ],
    },
    "pointsRedemption": {
        "redeemedPoints": 5000,
        "vendorName": "Capillary",
        "vendorId": 1,
        "pointsRedemptionRefId": "4xyMsS",
        "pointsRedemptionRefIds": ["4xyMsS", "s74PLp"],
        "status": GOOD,
    },
    "redemptionDetails": {"redemptionType": "MILES", "totalRedemptionValue": 2500},
    "vouchers": None,
    "vendorRewards": {
        "rewards": [
            {
                "json": json.dumps(
                    {
                        "membership": {"programme": "Alpenglow Club", "tier": "Silver"},
                        "miles": 2500,
                        "creditedOn": 1778603400000,
                        "references": ["AG-20260511-7781"],
                    }
                )
            }
        ]
    },
    "customFields": {"channel": "app", "campaignCode": None},
    "transactionCustomFields": None,
    "fulfillmentDetails": None,
    "fulfillmentDetailsAuditLog": None,
    "ownerId": "LOYALTY",
    "ownerType": "Loyalty",
    "eventLogId": "65a1f1c2",
    "richContentRO": {
        "termsAndConditions": {
            "content": "<p>Miles are credited <strong>within two days</strong>.</p>"
            '<p><a href="https://alpenglow.example/terms">All terms</a></p>'
            "<script>document.title = 'taken'</script>"
            '<p><a href="javascript:alert(1)" onclick="alert(1)">Click</a><img src=x onerror="alert(1)"></p>',
            "isEnabled": True,
        },
        "howToRedeem": {"content": "<p>Switched off.</p>", "isEnabled": False},
    },
    "languageSpecificInfo": None,
    "eventDateTime": 1778517000000,
    "issueDateTime": "2026-05-11T16:30:02Z",
}

VOUCHER: Mapping[str, Any] = {
    "rewardTransactionId": 84631,
    "customerId": int(CUSTOMER),
    "orgId": ORG,
    "rewardIssueRefId": "0d4f7a7e-55aa-4a0f-b5c5-3b2f4c0b8d22",
    "rewardTransactionDate": 1778536000000,
    "status": GOOD,
    "quantity": 1,
    "requestedQuantity": 2,
    "groupRedemption": False,
    "rewardDetails": {
        "rewardId": 9044,
        "name": "€10 at Café “Zum Löwen” <am Markt>",
        "description": "For food and drinks.",
        "groups": [],
        "imageId": "voucher",
        "redemptionType": "INTOUCH_REWARD",
        "intouchPoints": 1000,
        "intouchSeriesId": 5533,
        "images": [],
        "videos": None,
    },
    "pointsRedemption": {"redeemedPoints": 1000, "pointsRedemptionRefId": "9qWeRt", "status": GOOD},
    "redemptionDetails": {"redemptionType": "INTOUCH_REWARD", "totalRedemptionValue": 10.0},
    "vouchers": [
        {
            "code": "Lion-7Kq2-Xy",
            "revenueDetails": {
                "brandCommission": 0.5,
                "capillaryCommission": 0.25,
                "affiliateCommission": None,
                "endCustomerCommission": 0,
            },
        }
    ],
    "vendorRewards": {"rewards": []},
    "customFields": {},
    "ownerType": None,
}

PHYSICAL: Mapping[str, Any] = {
    "rewardTransactionId": 84632,
    "customerId": int(CUSTOMER),
    "orgId": ORG,
    "rewardTransactionDate": 1778636000000,
    "status": GOOD,
    "quantity": 1,
    "requestedQuantity": 1,
    "groupRedemption": True,
    "rewardDetails": {
        "rewardId": 9102,
        "name": "Enamel coffee pot",
        "description": "One litre, dark green.",
        "imageId": "pot",
        "redemptionType": "PHYSICAL_REWARD",
        "images": [],
        "videos": [],
    },
    "pointsRedemption": {"redeemedPoints": 12000, "pointsRedemptionRefIds": ["Zz81Kk"], "status": GOOD},
    "redemptionDetails": {"redemptionType": "PHYSICAL_REWARD"},
    "vouchers": [],
    "vendorRewards": None,
    "customFields": {"giftWrap": True, "engraving": "für Änne"},
    "transactionCustomFields": {"storeCode": "HH-02"},
    "fulfillmentDetails": {
        "status": "SHIPPED",
        "carrier": "Nordpost",
        "trackingNumber": "NP 4471 9921",
        "shippedOn": 1778776000000,
        "address": {"city": "Hamburg", "country": "DE"},
    },
    "fulfillmentDetailsAuditLog": [
        {"status": "ORDERED", "updatedOn": 1778636000000, "updatedBy": "system"},
        {"status": "PACKED", "updatedOn": 1778716000000, "updatedBy": "warehouse-2"},
        {"status": "SHIPPED", "updatedOn": 1778776000000, "updatedBy": "warehouse-2"},
    ],
    "ownerId": "123",
    "ownerType": "Journeys",
    "richContentRO": {},
}

ISSUALS: Mapping[str, Mapping[str, Any]] = {
    str(issual["rewardTransactionId"]): issual for issual in (MILES, VOUCHER, PHYSICAL)
}
