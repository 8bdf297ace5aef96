"""Onboarding: the bucket for CloudFormation templates."""
