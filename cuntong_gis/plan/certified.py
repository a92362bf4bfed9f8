"""Whether a certificate proves a plan of a network: the same instance, a proof that holds, the same figures."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from cuntong_gis.errors import CertificateError
from cuntong_gis.plan.instance import instance_of
from cuntong_gis.units import fen_from_cny
from cuntong_gis.verify import Verdict, verify_certificate
from cuntong_gis.words import Words

if TYPE_CHECKING:
    from cuntong_gis.certificate import Certificate
    from cuntong_gis.model import Network, Plan
    from cuntong_gis.plan.instance import Instance
    from cuntong_gis.settings import Settings

AGAIN = Words("重新运行 cuntong plan --certificate", "run 'cuntong plan --certificate' again")


def verify_plan(plan: Plan, certificate: Certificate, network: Network, settings: Settings) -> Verdict:
    """Check that a certificate is one of this network and this plan, and replay it.

    Parameters
    ----------
    plan : Plan
        The draft.
    certificate : Certificate
        Kept beside it.
    network : Network
        Built of the layers again.
    settings : Settings
        With the steering.

    Returns
    -------
    Verdict
        Cost and bound in fen, with the price of what must be used, as in the plan's totals.

    Raises
    ------
    CertificateError
        If the layers or the settings have changed since, the proof does not hold, or the figures are not the plan's.
    """
    instance = instance_of(network, settings)
    if not _same(certificate, instance):
        raise CertificateError(
            Words(
                "图层或设置在证书生成之后有改动，证书说的是另一个路网",
                "the layers or the settings have changed since: the certificate speaks of another network",
            ),
            hint=AGAIN,
        )
    proven = verify_certificate(certificate)
    verdict = dataclasses.replace(proven, cost=proven.cost + instance.fixed, bound=proven.bound + instance.fixed)
    said = (fen_from_cny(plan.totals.cost_cny), fen_from_cny(plan.totals.lower_bound_cny))
    if said != (verdict.cost, verdict.bound):
        raise CertificateError(
            Words("证书的造价或下界与草案不符", "the certificate's cost or bound is not the draft's"), hint=AGAIN
        )
    return verdict


def _same(certificate: Certificate, instance: Instance) -> bool:
    """Tell whether a certificate speaks of an instance, edge by edge."""
    wanted = np.union1d(instance.terminals, [instance.root])
    return (
        (certificate.n, certificate.root) == (instance.n, instance.root)
        and all(np.array_equal(getattr(certificate, name), getattr(instance, name)) for name in ("u", "v", "w"))
        and np.array_equal(np.union1d(certificate.terminals, [certificate.root]), wanted)
    )
