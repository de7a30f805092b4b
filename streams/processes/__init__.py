"""What makes several server processes one deployment: leases, adoption of the officers of the dead, durable jobs."""
