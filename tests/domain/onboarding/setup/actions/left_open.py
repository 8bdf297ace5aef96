"""The actions of AWS's lists that the permissions boundary leaves open, grouped by reason.

The patterns are IAM's. No action is in two groups.
"""

PERMISSIONS = {
    # Such a policy is visible on the resource itself and can be removed there.
    "the policy of one resource": """
        apigateway:*SharingPolicy apigateway:UpdateDomainName* apigateway:UpdateRestApiPolicy
        arc-region-switch:*ResourcePolicy aws-marketplace:*ResourcePolicy backup:*AccessPolicy
        backup:*SharingPolicy billing:*ResourcePolicy cleanrooms-ml:*Policy cloudsearch:*Policies
        codeartifact:*PermissionsPolicy codebuild:*ResourcePolicy datazone:*SharingPolicy
        dynamodb:*ResourcePolicy ec2:*ResourcePolicy ecr:*Policy ecr-public:*Policy
        elasticfilesystem:*Policy entityresolution:*Polic* fsx:*ResourcePolicy
        glacier:*VaultAccessPolicy glue:*ResourcePolicy imagebuilder:*Policy kms:PutKeyPolicy
        logs:*ResourcePolicy mediastore:*Policy mediatailor:*Policy networkmanager:*ResourcePolicy
        redshift:*ResourcePolicy resource-explorer-2:*Policy route53-recovery-control-config:*Policy
        route53resolver:*Policy s3:*AccessPointPolicy* s3:*BucketPolicy s3-outposts:*Policy
        s3express:*Policy s3tables:*Policy s3vectors:*Policy secretsmanager:*ResourcePolicy
        ses:*IdentityPolicy sms-voice:*ResourcePolicy ssm:*ResourcePolicy
        ssm-incidents:*ResourcePolicy vpc-lattice:*AuthPolicy waf*:*PermissionPolicy
        """,
    "under another name: a permission on, a grant of or a share of one resource": """
        codeguru-profiler:*Permission ec2:*Permission ec2:*SnapshotAttribute
        ec2:ModifyVpcEndpointServicePermissions events:*Permission
        fsx:ManageBackupPrincipalAssociations kms:*Grant lambda:*Permission lambda:*Replication
        rds:*SnapshotAttribute redshift:*DataShare redshift:*SnapshotAccess
        redshift:*EndpointAccess s3:PutObject*Acl s3:PutBucketAcl s3:*Ownership* s3:*OwnerOverride*
        s3-object-lambda:*Acl s3-outposts:PutObjectAcl s3express:*AccessPointScope
        servicecatalog:*PortfolioShare signer:*Permission sns:*Permission sqs:*Permission
        ssm:ModifyDocumentPermission ssm-contacts:AssociateContact ssm-sap:*ResourcePermission
        workspaces:UpdateConnectionAliasPermission workspaces:UpdateWorkspaceImagePermission
        """,
    "creating or configuring one resource, with its policy among the settings": """
        es:* sns:CreateTopic sns:SetTopicAttributes sqs:CreateQueue sqs:SetQueueAttributes
        """,
    # Users and groups within one service, who cannot sign in to AWS itself.
    "a service's own users and data": """
        backup:*Search* bedrock-agentcore:*Action* bedrock-agentcore:InvokeGateway
        bedrock-agentcore:Manage* bedrock-agentcore:SynchronizeGatewayTargets codestar:*
        datazone:*PolicyGrant datazone:GetIamPortalLoginUrl datazone:RevokeSubscription
        deadline:*Member* elasticmapreduce:*WorkspaceAccess entityresolution:Use*
        glue:*Connection* glue:*DataPreview* glue:*Entit* glue:*Executors* glue:*Log*
        glue:*Notebook* glue:*Quer* glue:*Recipe* glue:*Stage* glue:GetEnvironment
        glue:GetStorage* glue:RefreshOAuth2Tokens glue:UseGlueStudio
        grafana:UpdatePermissions iot:SetDefaultAuthorizer
        lakeformation:*Permissions lakeformation:PutDataLakeSettings
        managedblockchain:* monitron:* opensearch:ApplicationAccessAll opsworks:*
        quicksight:*User* quicksight:*Group* quicksight:*Admin quicksight:*Permissions
        quicksight:*Assignment redshift:CreateClusterUser redshift:JoinGroup
        workmail:ResetPassword workspaces:ModifySelfservicePermissions
        """,
    "a password or a key for one resource, or one that a service stores": """
        chime:*Credentials codebuild:*SourceCredentials iotfleetwise:GenerateCommandPayload
        lightsail:GetRelationalDatabaseMasterUserPassword mediapackage:RotateIngest* rds-db:connect
        ses:Replicate* storagegateway:*
        """,
    "it requires passing a role, which is closed": """
        greengrass:AssociateServiceRoleToAccount redshift:ModifyClusterIamRoles
        """,
    "a setting of a whole organization, which the organization must also allow": """
        health:* networkmanager:StartOrganizationServiceAccessUpdate notifications:*
        license-manager:UpdateServiceSettings
        """,
    "protection of data against loss or publication, without effect on identities": """
        cloudformation:SetStackPolicy dynamodb:UpdateAbacStatus ec2:*BlockPublicAccess
        elasticmapreduce:PutBlockPublicAccessConfiguration fsx:Bypass* glacier:*VaultLock
        glacier:SetDataRetrievalPolicy redshift:CreateSnapshotCopyGrant s3:Bypass*
        s3:*PublicAccessBlock xray:PutEncryptionConfig
        """,
    "networks, and certificates of web sites and devices": """
        apigateway:*AccessAssociation apigateway:*Certificate* *:SetWebACL
        ec2:*NatGateway ec2:*PlacementGroup ec2:*OdbNetworkPeering rds:Authorize*
        vpc-lattice:*Associat* worklink:*
        """,
    "delivery of logs": " ".join(
        f"{service}:AllowVendedLogDeliveryForResource"
        for service in (
            *("aidevops", "bedrock", "bedrock-agentcore", "cloudfront", "codewhisperer"),
            *("elasticloadbalancing", "qbusiness", "quicksight", "route53globalresolver"),
            *("securityhub", "ses", "wisdom"),
        )
    ),
}
CREDENTIALS = {
    "another role's session, which the session policy denies unless a lead allows it": """
        sts:AssumeRole
        """,
    "requested without AWS credentials, so no boundary applies": """
        cognito-idp:AssociateSoftwareToken sts:AssumeRoleWithSAML sts:AssumeRoleWithWebIdentity
        """,
    "AWS refuses it to every assumed role": "sts:GetFederationToken sts:GetSessionToken",
    "valid for one resource or within one service": """
        codepipeline:PollForJobs connect:* ecr:* gamelift:* lightsail:* mediapackage:*
        rds-db:connect redshift:GetClusterCredentials
        """,
}
