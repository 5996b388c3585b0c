# What a plan may change. A budget allows only what it names: what is not
# named is 0. Put this file beside the configuration, or at the root of the
# repository; it is found from there.

budget "production" {
  match = ["live/prod/**"] # stacks, as paths below this file

  create = 20
  update = "10%" # of the resources that there are, and never less than the floor
  floor  = 3

  # A change goes to the first limit that matches it and names its kind.
  limit "node pools may roll" {
    types  = ["kready_node_pool", "aws_eks_node_group"]
    update = 6
  }
  limit "tags may change anywhere" {
    changed = ["tags", "tags_all"]
    update  = "unlimited"
  }
  limit "a new image is no change of the cluster" {
    types   = ["kubernetes_deployment*"]
    changed = ["spec[*].template[*].spec[*].container[*].image"]
    update  = 50
  }

  # Never destroyed, whatever the numbers say. A pattern starts at any depth
  # of modules here, and one that names a single thing has to find it.
  protect = ["aws_db_instance.*", "kready_cluster.*"]

  # The way through: exact addresses, a reason, an end.
  exception "OPS-1234" {
    addresses = ["module.shop.aws_db_instance.staging[\"eu\"]"]
    actions   = ["replace"]
    reason    = "moves to the encrypted storage class, agreed on 2026-11-18"
    expires   = "2026-12-05"
  }

  freeze "end of the year" {
    from   = "2026-12-18"
    until  = "2027-01-03"
    update = 1 # on top of all the rest, no more than this
  }
  freeze "weekends" {
    days     = ["sat", "sun"]
    timezone = "Europe/Berlin"
  }

  # A ceiling on the weighted sum, for what no single number catches.
  score {
    max     = 100
    default = 1
    weight "databases" {
      types   = ["aws_db_*", "aws_rds_*"]
      replace = 50
      update  = 10
    }
  }

  # All plans of this budget in one run together.
  total {
    create = 60
    update = 30
  }
}

# The first budget whose match fits is taken; this one fits the rest.
budget "elsewhere" {
  create  = 100
  update  = 100
  replace = 20
  delete  = 20
  import  = "unlimited"
  move    = "unlimited"
}
