"""Describe infra: Terraform and the deployment scripts."""
# ruff: noqa: E501 - what a file, a command or Claude says stands here as it is said

from connect.demo.material.parts import (
    AgentTask,
    BackgroundPrompt,
    DelegationPrompt,
    DemoProject,
    FileEdit,
    FileRead,
    FileWrite,
    GlobSearch,
    GrepSearch,
    McpCall,
    PageFetch,
    PlanPrompt,
    Question,
    QuestionPrompt,
    ShellCommand,
    TodoEntry,
    WorkPrompt,
)

MAIN_TF = """terraform {
  required_version = ">= 1.9"
}

module "database" {
  source         = "./modules/database"
  instance_class = "db.t4g.medium"
  storage_gb     = 100
  backup_days    = 7
}

module "workers" {
  source = "./modules/workers"
  count  = 3
}
"""

DEPLOY_SH = """#!/bin/sh
set -eu

tag=$(git rev-parse --short HEAD)
docker build -t registry.example.com/shop:"$tag" .
docker push registry.example.com/shop:"$tag"
kubectl set image deployment/shop shop=registry.example.com/shop:"$tag"
"""

WORKERS_YAML = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: workers
spec:
  replicas: 3
  template:
    spec:
      containers:
        - name: worker
          image: registry.example.com/worker:stable
          resources:
            limits:
              memory: 256Mi
"""

PROJECT = DemoProject(
    name="infra",
    files={"main.tf": MAIN_TF, "scripts/deploy.sh": DEPLOY_SH, "k8s/workers.yaml": WORKERS_YAML},
    jobs=(
        WorkPrompt(
            prompt="The workers were killed three times last night. Have a look at why and give them what they need.",
            opening="Let me see what the cluster says about the last restarts.",
            batches=(
                (
                    ShellCommand(
                        "kubectl get pods -l app=workers",
                        "List the worker pods",
                        "NAME                       READY   STATUS    RESTARTS      AGE\n"
                        "workers-7c9d5b6f4-2lq8x    1/1     Running   3 (5h ago)    2d\n"
                        "workers-7c9d5b6f4-9vv6n    1/1     Running   0             2d\n"
                        "workers-7c9d5b6f4-kx2hp    1/1     Running   1 (6h ago)    2d",
                        780,
                    ),
                ),
                (
                    ShellCommand(
                        "kubectl describe pod workers-7c9d5b6f4-2lq8x | grep -A4 'Last State'",
                        "See why the pod was killed",
                        "    Last State:     Terminated\n      Reason:       OOMKilled\n      Exit Code:    137",
                        690,
                    ),
                    FileRead("k8s/workers.yaml"),
                ),
                (
                    FileEdit(
                        "k8s/workers.yaml",
                        "              memory: 256Mi\n",
                        "              memory: 512Mi\n",
                    ),
                ),
                (
                    ShellCommand(
                        "kubectl apply --dry-run=server -f k8s/workers.yaml",
                        "Check the change against the cluster",
                        "deployment.apps/workers configured (server dry run)",
                        910,
                    ),
                ),
            ),
            answer="They ran out of memory: `OOMKilled` at the limit of 256Mi. I raised it to 512Mi; the dry run accepts it. "
            "Apply it with `kubectl apply -f k8s/workers.yaml` when it suits you.",
        ),
        WorkPrompt(
            prompt="Keep database backups for 30 days.",
            batches=(
                (
                    GrepSearch(
                        "backup_days",
                        'main.tf:9:  backup_days    = 7\nmodules/database/variables.tf:14:variable "backup_days" {',
                    ),
                    GlobSearch(
                        "modules/database/*.tf",
                        (
                            "modules/database/main.tf",
                            "modules/database/outputs.tf",
                            "modules/database/variables.tf",
                        ),
                    ),
                ),
                (FileRead("main.tf"),),
                (FileEdit("main.tf", "  backup_days    = 7\n", "  backup_days    = 30\n"),),
                (
                    ShellCommand(
                        "terraform fmt -check && terraform validate",
                        "Check format and validity",
                        "Success! The configuration is valid.",
                        2300,
                    ),
                ),
                (
                    ShellCommand(
                        "terraform plan -no-color | tail -n 5",
                        "Plan the change",
                        "  ~ backup_retention_period = 7 -> 30\n\nPlan: 0 to add, 1 to change, 0 to destroy.",
                        6100,
                    ),
                ),
            ),
            answer="Backups are kept for 30 days. The plan changes one value in place and destroys nothing.",
        ),
        WorkPrompt(
            prompt="deploy.sh pushed an image from a dirty working tree yesterday. Make that impossible.",
            batches=(
                (FileRead("scripts/deploy.sh"),),
                (
                    FileEdit(
                        "scripts/deploy.sh",
                        "set -eu\n",
                        "set -eu\n\nif [ -n \"$(git status --porcelain)\" ]; then\n    echo 'deploy: commit your changes first' >&2\n    exit 1\nfi\n",
                    ),
                ),
                (
                    ShellCommand(
                        "touch stray && sh scripts/deploy.sh",
                        "Try it on a dirty tree",
                        "deploy: commit your changes first",
                        120,
                        1,
                    ),
                ),
                (
                    ShellCommand(
                        "rm stray && shellcheck scripts/deploy.sh", "Clean up and lint", "", 340
                    ),
                ),
            ),
            answer="`deploy.sh` stops with one line when the tree is dirty. I tried it: it does, and shellcheck is silent.",
        ),
        WorkPrompt(
            prompt="Is our Terraform version still supported? And is there an open ticket about upgrading?",
            batches=(
                (
                    PageFetch(
                        "https://terraform.example.com/releases",
                        "Which versions are supported?",
                        "Supported are 1.11 and 1.10. 1.9 ends this month.",
                    ),
                    McpCall(
                        "tracker",
                        "search",
                        {"query": "terraform upgrade", "state": "open"},
                        '{"tickets":[{"id":"OPS-311","title":"Upgrade Terraform to 1.11","assignee":null}]}',
                    ),
                ),
                (
                    PageFetch(
                        "https://changelog.invalid/terraform/1.11",
                        "What breaks?",
                        error="getaddrinfo ENOTFOUND changelog.invalid",
                    ),
                ),
            ),
            answer="1.9 ends this month. OPS-311 asks for the upgrade to 1.11 and nobody has it yet.",
        ),
    ),
    delegation=DelegationPrompt(
        prompt="Check all our modules for resources open to the internet; use an agent so that we can go on here.",
        tasks=(
            AgentTask(
                "general-purpose",
                "Find what is open to the internet",
                "Search every module for 0.0.0.0/0 and public = true. Report each with its file and what it exposes.",
                (
                    GrepSearch(
                        "0\\.0\\.0\\.0/0|public *= *true",
                        'modules/workers/network.tf:18:    cidr_blocks = ["0.0.0.0/0"]',
                    ),
                    FileRead("main.tf"),
                    ShellCommand(
                        "tfsec --no-color --format lines .",
                        "Scan with tfsec",
                        "modules/workers/network.tf:18 HIGH open egress",
                        3100,
                        1,
                    ),
                    GlobSearch("modules/**/network.tf", ("modules/workers/network.tf",)),
                ),
                "One finding: the workers' egress is open to everything (modules/workers/network.tf:18). Nothing is open inwards.",
            ),
        ),
        launched="An agent is going through the modules. What shall we do meanwhile?",
        answers=(
            "Nothing is reachable from outside; only the workers' egress is wide open (modules/workers/network.tf:18).",
        ),
    ),
    question=QuestionPrompt(
        prompt="Set up alerts for the workers.",
        questions=(
            Question(
                question="Where should the alerts go?",
                header="Alert target",
                options=(
                    ("Chat only", "A message in #ops, no page"),
                    ("Pager", "Pages the engineer on call"),
                    ("Both", "Pager at night, chat during the day"),
                ),
            ),
            Question(
                question="Which of these should raise an alert?",
                header="Signals",
                options=(
                    ("Restarts", "A worker that restarts more than twice an hour"),
                    ("Memory", "Above 90 % for five minutes"),
                    ("Queue length", "More than 500 jobs waiting"),
                ),
                multi_select=True,
            ),
            Question(
                question="How long may a worker be down before an alert is sent?",
                header="Delay",
                options=(("2 minutes", "Fast, but noisy"), ("10 minutes", "Quiet nights")),
            ),
        ),
        answer="Alerts for restarts and memory go to #ops now.",
    ),
    plan=PlanPrompt(
        prompt="Prepare a staging environment that costs us next to nothing.",
        todos=(
            (
                TodoEntry(
                    "Copy the layout",
                    "A staging folder that uses the same modules",
                    "Copying the layout",
                ),
                FileWrite(
                    "staging/main.tf",
                    'module "database" {\n  source         = "../modules/database"\n'
                    '  instance_class = "db.t4g.micro"\n  storage_gb     = 20\n  backup_days    = 1\n}\n',
                ),
            ),
            (
                TodoEntry("Check the plan", "It must plan from nothing", "Checking the plan"),
                ShellCommand(
                    "terraform -chdir=staging plan -no-color | tail -n 1",
                    "Plan staging",
                    "Plan: 9 to add, 0 to change, 0 to destroy.",
                    5200,
                ),
            ),
        ),
        answer="`staging/` plans cleanly with the smallest sizes: 9 resources, about 21 USD a month.",
    ),
    background=BackgroundPrompt(
        prompt="Rebuild the worker image in the background, it takes ages.",
        run=ShellCommand(
            "docker build --no-cache -t worker:rebuild workers/",
            "Rebuild the worker image",
            "",
            14000,
        ),
        launched="The build is running in the background.",
        finished="The image is built: 412 MB, 80 MB less than before.",
    ),
)
